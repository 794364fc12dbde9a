import Foundation
import KeyMaterial
import Neighbours
import RotationCore
import RotationTestSupport
import Simulator
import Testing

/// What Vercel does that no other host does.
@Suite struct VercelTargetTests {
  @Test func `half of a pair in failed is no success, and the next write mends it`() async throws {
    let bench = try await VercelBench(.sensitive)
    bench.host.plan(.halfOfTheVariables)
    let trouble = await trouble { try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil) }
    #expect(trouble?.effectIsUnknown == true)
    #expect(trouble?.detail.contains("half of the pair: MASKINPORTEN_PRIVATE_KEY UNKNOWN_ERROR") == true)
    #expect(await bench.holding() == .broken("MASKINPORTEN_KID and MASKINPORTEN_PRIVATE_KEY were not written together"))
    try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil)
    #expect(await bench.holding() == .kidOnly(bench.pairs.incoming.kid))
  }

  @Test func `sensitive values are told by nobody, and a pair set by hand is write-only`() async throws {
    let bench = try await VercelBench(.sensitive)
    #expect(await bench.holding() == .writeOnly)
    let told = bench.host.exchanges.compactMap(\.answer).map { String(decoding: $0.canonical, as: UTF8.self) }
    #expect(!told.isEmpty && told.allSatisfy { !$0.contains("PRIVATE KEY") })
  }

  @Test func `what changed since it was read is not written over`() async throws {
    let bench = try await VercelBench(.sensitive)
    let target = bench.make()
    _ = await target.read()
    _ = try await bench.act(.setForeign)
    let trouble = await trouble { try await target.write(bench.pairs.incoming.copy(), replacing: nil) }
    #expect(trouble?.kind == .rejected)
    #expect(bench.host.exchanges.allSatisfy { $0.method == "GET" })
  }

  @Test func `what somebody sets while the values are read is not written over`() async throws {
    let bench = try await VercelBench(.encrypted)
    // Behind the list and the kid's value.
    let target = bench.make(Intruder(before: 2, try #require(bench.intrude)))
    let trouble = await trouble {
      try await target.write(bench.pairs.incoming.copy(), replacing: bench.pairs.outgoing.kid)
    }
    #expect(trouble?.detail.hasSuffix("nothing was written: the variables changed since they were read") == true)
    #expect(await bench.holding().kid == bench.pairs.foreign.kid)
  }

  @Test(arguments: [VercelHost.Mishap.ongoingUpdate, .tooManyRequests(.seconds(5))])
  func `a write that is kept out is looked at anew, sent again, and not sent over what somebody set meanwhile`(
    mishap: VercelHost.Mishap
  ) async throws {
    let bench = try await VercelBench(.sensitive)
    bench.host.plan(mishap)
    try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil)
    #expect(await bench.holding() == .kidOnly(bench.pairs.incoming.kid))
    bench.host.plan(mishap)
    // Behind the list and the write that was kept out.
    let target = bench.make(Intruder(before: 2, try #require(bench.intrude)))
    let trouble = await trouble {
      try await target.write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
    }
    #expect(trouble?.kind == .rejected && trouble?.detail.contains("changed since they were read") == true)
    #expect(bench.host.value("MASKINPORTEN_KID", of: ["production"]) == bench.pairs.foreign.kid.rawValue)
  }

  @Test func `a build is looked at as often as the official client does`() async throws {
    let bench = try await VercelBench(.sensitive) {
      $0.buildTime = .seconds(400)
    } adjust: {
      $0.staged = false
    }
    let order = try await bench.swapped()
    let begun = bench.clock.now()
    try await bench.make().deploy(order)
    // Each second to 15 s, each 5 s to a minute, each 15 s to five minutes, then each 30 s.
    #expect(bench.host.exchanges.count { $0.path == ["v13", "deployments", "dpl_2"] } == 17 + 9 + 16 + 4)
    #expect(bench.clock.now().timeIntervalSince(begun) == 421)
  }

  @Test func `a deployment that ends staged is asked at its own address, promoted, and auto-assign stays off`()
    async throws
  {
    let bench = try await VercelBench(.sensitive) {
      $0.autoAssign = false
      $0.protectionBypass = "let-me-in"
    } adjust: {
      $0.protectionBypass = SecretString("let-me-in")
    }
    _ = try await bench.swapped()
    try await bench.make().deploy(bench.order(bench.pairs.incoming))
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
    #expect(!bench.host.assignsByItself)
    #expect(bench.host.exchanges.contains { $0.path.contains("promote") })
  }

  @Test func `a staged deployment with the old pair is not promoted`() async throws {
    let bench = try await VercelBench(.sensitive) {
      $0.autoAssign = false
      $0.redeployKeepsVariables = true
    }
    _ = try await bench.swapped()
    let trouble = await trouble { try await bench.make().deploy(bench.order(bench.pairs.incoming)) }
    #expect(trouble?.detail.contains("did not take the variables") == true)
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    #expect(!bench.host.exchanges.contains { $0.path.contains("promote") })
  }

  @Test func `promote false leaves a staged deployment to a person, and finds it promoted`() async throws {
    let bench = try await VercelBench(.sensitive) {
      $0.autoAssign = false
    } adjust: {
      $0.promote = false
    }
    _ = try await bench.swapped()
    let trouble = await trouble { try await bench.make().deploy(bench.order(bench.pairs.incoming)) }
    #expect(trouble?.detail.contains("promote is false") == true)
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    #expect(bench.host.deploymentCount == 2)
  }

  @Test func `a cancelled build names the ignored build step`() async throws {
    let bench = try await VercelBench(.sensitive) {
      $0.ignoreCommand = "git diff --quiet HEAD^ HEAD"
      $0.skipsBuilds = true
    }
    #expect(await bench.make().preflight().warnings.contains { $0.contains("ignored build step") })
    _ = try await bench.swapped()
    let trouble = await trouble { try await bench.make().deploy(bench.order(bench.pairs.incoming)) }
    #expect(trouble?.kind == .rejected)
    #expect(trouble?.detail.contains("ignored build step") == true)
  }

  @Test(arguments: [VercelHost.Mishap.buildFails, .aliasFails, .checksFail])
  func `a build that fails leaves the old one live, and the next try builds anew`(mishap: VercelHost.Mishap)
    async throws
  {
    let bench = try await VercelBench(.sensitive)
    _ = try await bench.swapped()
    bench.host.plan(mishap)
    let trouble = await trouble { try await bench.make().deploy(bench.order(bench.pairs.incoming)) }
    #expect(trouble?.kind == .rejected)
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    guard mishap == .buildFails else { return }
    try await bench.make().deploy(bench.order(bench.pairs.incoming))
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
  }

  @Test func `a deployment that somebody deleted is not waited for, and a deleted one of ours is asked for anew`()
    async throws
  {
    let bench = try await VercelBench(.sensitive) { $0.buildTime = .seconds(30) }
    let bookmark = try await bench.swapped().bookmark
    let order = bench.order(bench.pairs.incoming, bookmark: bookmark)
    _ = await trouble { try await bench.make(Cut(at: 4, .after)).deploy(order) }
    let ours = try #require(bench.host.exchanges.last { $0.path == ["v13", "deployments"] }?.answer?["id"]?.string)
    bench.host.delete(ours)
    try await bench.make().deploy(order)
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
    bench.host.delete(bench.host.push())
    try await bench.make().write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
    try await bench.make().deploy(bench.order(bench.pairs.outgoing, .back, bookmark: bookmark))
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    #expect(bench.host.assignsByItself)
  }

  @Test func `a rollback moves the traffic, builds nothing and restores auto-assign`() async throws {
    let bench = try await VercelBench(.sensitive)
    let bookmark = try await bench.swapped().bookmark
    try await bench.make().deploy(bench.order(bench.pairs.incoming, bookmark: bookmark))
    try await bench.make().write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
    try await bench.make().deploy(bench.order(bench.pairs.outgoing, .back, bookmark: bookmark))
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    #expect(bench.host.deploymentCount == 2)
    #expect(bench.host.assignsByItself)
    // The next push takes the restored variables, not the incoming ones.
    bench.host.push()
    bench.clock.advance(by: .seconds(300))
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
  }

  @Test func `a rollback while our build is under way cancels it`() async throws {
    let bench = try await VercelBench(.sensitive) { $0.buildTime = .seconds(300) }
    let bookmark = try await bench.swapped().bookmark
    let cut = Cut(at: 4, .after)
    _ = await trouble { try await bench.make(cut).deploy(bench.order(bench.pairs.incoming, bookmark: bookmark)) }
    #expect(bench.host.deploymentCount == 2)
    try await bench.make().write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
    try await bench.make().deploy(bench.order(bench.pairs.outgoing, .back, bookmark: bookmark))
    bench.clock.advance(by: .seconds(600))
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    #expect(bench.host.exchanges.contains { $0.path.last == "cancel" && $0.status == 200 })
  }

  @Test func `where a rollback does not reach, the restored variables are built`() async throws {
    let bench = try await VercelBench(.sensitive) { $0.isHobby = true }
    let bookmark = try await bench.swapped().bookmark
    try await bench.make().deploy(bench.order(bench.pairs.incoming, bookmark: bookmark))
    bench.host.push()
    bench.clock.advance(by: .seconds(300))
    try await bench.make().write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
    try await bench.make().deploy(bench.order(bench.pairs.outgoing, .back, bookmark: bookmark))
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    #expect(bench.host.deploymentCount == 4)
  }

  @Test func `a deploy hook is called once and its deployment found by its hour`() async throws {
    let bench = try await VercelBench(.sensitive)
    let hook = bench.server.baseURL + "/vercel/hook/" + VercelBench.token
    let hooked = try await VercelBench(.sensitive) { _ in
    } adjust: {
      $0.deploy = .hook(url: SecretString(hook))
    }
    // The hook of one project, the address of the other: nothing appears there, and nothing is sent again.
    _ = try await hooked.swapped()
    hooked.clock.advance(by: .seconds(1))
    let trouble = await trouble { try await hooked.make().deploy(hooked.order(hooked.pairs.incoming)) }
    #expect(trouble?.kind == .unanswered)
    #expect(bench.host.deploymentCount == 2)
    #expect(hooked.host.deploymentCount == 1)
  }

  @Test func `old deployments that carry the removed kid are named`() async throws {
    let bench = try await VercelBench(.sensitive)
    _ = try await bench.swapped()
    try await bench.make().deploy(bench.order(bench.pairs.incoming))
    let lines = try await bench.make().cleanUp(bench.order(bench.pairs.incoming), removed: bench.pairs.outgoing.kid)
    #expect(lines.count == 1)
    #expect(lines.first?.contains("dpl_1") == true)
    #expect(lines.first?.contains(bench.pairs.outgoing.kid.rawValue) == true)
  }

  @Test func `a project that cannot be rotated is told in preflight`() async throws {
    let sensitive = try await VercelBench(.sensitive)
    var settings = Runbook.Vercel(token: SecretString("wrong"), project: "rehearsal-app")
    settings.api = sensitive.server.baseURL + "/vercel"
    func target(_ settings: Runbook.Vercel) -> VercelTarget {
      VercelTarget(
        settings, beaconURL: nil, readinessURL: nil, readinessSecret: nil, transport: sensitive.transport,
        clock: sensitive.clock)
    }
    let refused = await target(settings).preflight()
    #expect(refused.problems.contains { $0.contains("403 forbidden") })
    settings.token = SecretString(VercelBench.token)
    settings.type = .encrypted
    let found = await target(settings).preflight()
    #expect(found.problems.count { $0.contains("cannot be made readable again") } == 2)
    #expect(found.warnings.contains { $0.contains("beacon_url") })
  }

  @Test func `no trouble tells a value`() async throws {
    let bench = try await VercelBench(.sensitive)
    bench.host.plan(.halfOfTheVariables)
    let trouble = await trouble { try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil) }
    #expect(trouble?.detail.contains("PRIVATE KEY-") == false)
    #expect(trouble?.detail.contains(VercelBench.token) == false)
  }
}
