import Foundation
import Neighbours
import RotationCore
import RotationTestSupport
import Simulator
import Testing

/// Our deployment is built beside the one that serves, asked at its own address, and promoted; whatever the project did
/// with its domains before, it does again afterwards.
@Suite struct VercelStagingTests {
  private func calls(_ bench: VercelBench, _ method: String, _ part: String) -> Int {
    bench.host.exchanges.count { $0.method == method && $0.path.contains(part) }
  }

  @Test func `a project that assigns its domains by itself holds them back until our deployment was asked`()
    async throws
  {
    let bench = try await VercelBench(.sensitive)
    #expect(bench.make().capabilities.contains(.staged))
    #expect(await bench.make().preflight().warnings.contains { $0.contains("a push in between ends staged") })
    let order = try await bench.swapped()
    try await bench.make().deploy(order)
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
    #expect(bench.host.assignsByItself)
    let acts = bench.host.exchanges.filter { $0.method != "GET" }.map { $0.path.joined(separator: "/") }
    #expect(
      acts == [
        "v10/projects/rehearsal-app/env", "v9/projects/prj_1", "v13/deployments", "v10/projects/prj_1/promote/dpl_2",
      ])
    #expect(bench.host.exchanges.first { $0.method == "PATCH" }?.request == ["autoAssignCustomDomains": false])
  }

  @Test func `one that is not ready serves nobody, and is built anew once something was mended`() async throws {
    let bench = try await VercelBench(.sensitive)
    let order = try await bench.swapped()
    bench.host.plan(.modeIsLost)
    let first = await trouble { try await bench.make().deploy(order) }
    #expect(first?.kind == .rejected)
    #expect(first?.detail.contains("not ready") == true)
    #expect(first?.detail.contains("production still leads to dpl_1") == true)
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid && bench.app.readiness == .ready)
    #expect(bench.host.assignsByItself)
    _ = await trouble { try await bench.make().deploy(order) }
    #expect(bench.host.deploymentCount == 2, "nothing was changed, so nothing is asked for again")
    bench.clock.advance(by: .seconds(60))
    bench.host.set("MASKINPORTEN_MODE", to: "live")
    try await bench.make().deploy(order)
    #expect(bench.host.deploymentCount == 3)
    #expect(bench.app.signingKid == bench.pairs.incoming.kid && bench.app.readiness == .ready)
    #expect(bench.host.assignsByItself)
  }

  /// As the engine goes on: a beacon that names the kid already leaves only what is open to be settled.
  private func goOn(_ bench: VercelBench, _ order: TargetOrder) async throws {
    if bench.app.signingKid == order.kid {
      try await bench.make().settle(order)
    } else {
      try await bench.make().deploy(order)
    }
  }

  @Test(arguments: [true, false], TargetOrder.Direction.allCases)
  func `after a crash at any call auto-assign is what it was, and the way that was chosen is live`(
    autoAssign: Bool, direction: TargetOrder.Direction
  ) async throws {
    let bench = try await VercelBench(.sensitive) {
      $0.autoAssign = autoAssign
      $0.buildTime = .seconds(3)
    }
    var fell = 0
    for place in 0..<60 {
      var cameThrough = true
      for side in Cut.sides(at: place) {
        try await bench.reset()
        let forward = try await bench.swapped()
        let cut = Cut(at: place, side)
        _ = await trouble { try await bench.make(cut).deploy(forward) }
        guard cut.fell else { continue }
        cameThrough = false
        fell += 1
        let pair = direction == .forward ? bench.pairs.incoming : bench.pairs.outgoing
        let order = bench.order(pair, direction, bookmark: forward.bookmark)
        if direction == .back { try await bench.make().write(pair.copy(), replacing: bench.pairs.incoming.kid) }
        try await goOn(bench, order)
        #expect(bench.app.signingKid == pair.kid, "\(cut.words)")
        bench.clock.advance(by: .seconds(3_600))
        #expect(bench.app.signingKid == pair.kid, "\(cut.words), an hour later")
        #expect(bench.host.assignsByItself == autoAssign, "\(cut.words)")
      }
      if cameThrough { break }
    }
    #expect(fell > 10)
  }

  @Test func `without a bookmark nothing is changed that a crash could leave behind`() async throws {
    let bench = try await VercelBench(.sensitive)
    _ = try await bench.swapped()
    try await bench.make().deploy(bench.order(bench.pairs.incoming))
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
    #expect(calls(bench, "PATCH", "projects") == 0)
  }

  @Test func `staged false goes live as any push does`() async throws {
    let bench = try await VercelBench(.sensitive) { _ in
    } adjust: {
      $0.staged = false
    }
    #expect(!bench.make().capabilities.contains(.staged))
    try await bench.make().deploy(try await bench.swapped())
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
    #expect(calls(bench, "PATCH", "projects") + calls(bench, "POST", "promote") == 0)
  }

  @Test func `a token that may not edit the project stages nothing, and staged true says so`() async throws {
    let lenient = try await VercelBench(.sensitive) { $0.keepsSettings = true }
    try await lenient.make().deploy(try await lenient.swapped())
    #expect(lenient.app.signingKid == lenient.pairs.incoming.kid)
    let strict = try await VercelBench(.sensitive) {
      $0.keepsSettings = true
    } adjust: {
      $0.staged = true
    }
    let order = try await strict.swapped()
    let trouble = await trouble { try await strict.make().deploy(order) }
    #expect(trouble?.detail.contains("permission to update the project") == true)
    #expect(strict.app.signingKid == strict.pairs.outgoing.kid)
    #expect(strict.host.deploymentCount == 1)
  }

  @Test func `Deployment Protection without a bypass is told in preflight, and holds only where staged is asked for`()
    async throws
  {
    let lenient = try await VercelBench(.sensitive) { $0.protectionBypass = "let-me-in" }
    #expect(await lenient.make().preflight().warnings.contains { $0.contains("promoted unasked") })
    try await lenient.make().deploy(try await lenient.swapped())
    #expect(lenient.app.signingKid == lenient.pairs.incoming.kid)
    let strict = try await VercelBench(.sensitive) {
      $0.protectionBypass = "let-me-in"
    } adjust: {
      $0.staged = true
    }
    #expect(await strict.make().preflight().warnings.contains { $0.contains("holds it there") })
    let order = try await strict.swapped()
    let trouble = await trouble { try await strict.make().deploy(order) }
    #expect(trouble?.detail.contains("give protection_bypass") == true)
    #expect(strict.app.signingKid == strict.pairs.outgoing.kid)
    #expect(strict.host.assignsByItself)
  }

  @Test func `a rolling release is refused by name before the rotation, and is not live while it rolls`() async throws {
    let bench = try await VercelBench(.sensitive)
    bench.host.change { $0.rollTime = .seconds(100) }
    #expect(await bench.make().preflight().problems.contains { $0.contains("rolling releases are on") })
    bench.host.change { $0.canary = "dpl_1" }
    #expect(await bench.make().preflight().problems.contains { $0.contains("rolling release is under way to dpl_1") })
    bench.host.change { ($0.rollTime, $0.canary) = (nil, nil) }
    #expect(await bench.make().preflight().problems.isEmpty)

    let order = try await bench.swapped()
    bench.host.change { $0.rollTime = .seconds(100) }
    let begun = bench.clock.now()
    try await bench.make().deploy(order)
    #expect(bench.host.exchanges.contains { $0.path.contains("promote") && $0.status == 202 })
    #expect(bench.clock.now().timeIntervalSince(begun) >= 100)
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
  }

  @Test func `somebody's push that is ready after ours goes live as ever, and is left there`() async throws {
    let bench = try await VercelBench(.sensitive) { $0.buildTime = .seconds(30) }
    let order = try await bench.swapped()
    _ = await trouble { try await bench.make(Cut(at: 4, .after)).deploy(order) }
    bench.host.push()
    try await bench.make().deploy(order)
    bench.clock.advance(by: .seconds(60))
    #expect(bench.host.live.deployment == "dpl_3")
    try await bench.make().deploy(order)
    try await bench.make().settle(order)
    #expect(bench.host.live.deployment == "dpl_3")
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
  }

  @Test func `somebody's push that ended staged meanwhile is named`() async throws {
    let bench = try await VercelBench(.sensitive) { $0.buildTime = .seconds(30) }
    let order = try await bench.swapped()
    _ = await trouble { try await bench.make(Cut(at: 4, .after)).deploy(order) }
    bench.host.change { $0.buildTime = .seconds(5) }
    bench.host.push()
    try await bench.make().deploy(order)
    bench.clock.advance(by: .seconds(60))
    #expect(bench.host.live.deployment == "dpl_2")
    let lines = try await bench.make().cleanUp(order, removed: bench.pairs.outgoing.kid)
    #expect(lines.contains { $0.contains("1 deployment of somebody else's ended staged: dpl_3") }, "\(lines)")
  }
}

/// A rate limit keeps a call out, and says when the next one may come.
@Suite struct VercelRateLimitTests {
  @Test(arguments: [0, 1, 2, 3, 4, 5])
  func `what was kept out is sent again when Vercel says, within a minute`(form: Int) async throws {
    let bench = try await VercelBench(.sensitive)
    let begun = bench.clock.now()
    let (limit, least, most): (VercelHost.Limit, Double, Double) =
      switch form {
      case 0: (.seconds(17), 17, 18)
      case 1: (.date(begun + .seconds(20)), 19, 21)
      case 2: (.resetHeader(begun + .seconds(30)), 29, 31)
      case 3: (.resetMember(begun + .seconds(40)), 39, 41)
      case 4: (.seconds(86_400), 60, 61)
      default: (.nothing, 5, 6)
      }
    bench.host.plan(.tooManyRequests(limit))
    try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil)
    let waited = bench.clock.now().timeIntervalSince(begun)
    #expect(least...most ~= waited, "waited \(waited) s")
    #expect(bench.host.exchanges.filter { $0.method == "POST" }.map(\.status) == [429, 201])
  }

  @Test(arguments: [(0.0, 20.0), (0.5, 35.0), (0.999, 49.97)])
  func `a look that was kept out comes again when Vercel says, and up to half a minute later by chance`(
    chance: Double, wait: Double
  ) async throws {
    let bench = try await VercelBench(.sensitive)
    let begun = bench.clock.now()
    bench.host.plan(.tooManyLooks(.seconds(20)))
    #expect(try await bench.make(chance: chance).bookmark() != nil)
    #expect(abs(bench.clock.now().timeIntervalSince(begun) - wait) < 0.1)
    #expect(bench.host.exchanges.map(\.status) == [429, 200])
  }

  @Test func `looks that are kept out five times are told, and nothing was done`() async throws {
    let bench = try await VercelBench(.sensitive)
    for _ in 0..<5 { bench.host.plan(.tooManyLooks(.nothing)) }
    let trouble = await #expect(throws: NeighbourTrouble.self) {
      try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil)
    }
    #expect(trouble?.kind == .rateLimited)
    #expect(bench.host.exchanges.map(\.status) == [429, 429, 429, 429, 429])
  }

  @Test func `a limit that stays is told with its hour, and nothing was done`() async throws {
    let bench = try await VercelBench(.sensitive)
    let free = Date(timeIntervalSince1970: 1_795_086_400)
    for _ in 0..<5 { bench.host.plan(.tooManyRequests(.resetHeader(free))) }
    let begun = bench.clock.now()
    let trouble = await #expect(throws: NeighbourTrouble.self) {
      try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil)
    }
    #expect(trouble?.kind == .rateLimited && trouble?.effectIsUnknown == false)
    #expect(trouble?.detail.contains(free.iso8601) == true, "\(trouble?.detail ?? "")")
    #expect(bench.clock.now().timeIntervalSince(begun) <= 241)
    #expect(bench.host.exchanges.filter { $0.method == "POST" }.map(\.status) == [429, 429, 429, 429, 429])
  }
}
