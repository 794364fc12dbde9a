import Foundation
import Neighbours
import RotationCore
import RotationTestSupport
import Simulator
import Testing

/// What people do in the dashboard and in git while a rotation goes on.
@Suite struct VercelByHandTests {
  /// The incoming pair is live, somebody's build with it has begun, and the outgoing pair is set again.
  private func pushedAndTurned(_ bench: VercelBench, building: Duration) async throws -> TargetOrder {
    let order = try await bench.swapped()
    try await bench.make().deploy(order)
    bench.host.change { $0.buildTime = building }
    bench.clock.advance(by: .seconds(5))
    bench.host.push()
    bench.clock.advance(by: .seconds(5))
    try await bench.make().write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
    return bench.order(bench.pairs.outgoing, .back, bookmark: order.bookmark)
  }

  @Test func `a push that took the pair before it was set back does not land on top of a rollback`() async throws {
    let bench = try await VercelBench(.sensitive)
    let back = try await pushedAndTurned(bench, building: .seconds(60))
    try await bench.make().deploy(back)
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    bench.clock.advance(by: .seconds(3_600))
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid, "an hour later")
    #expect(bench.host.assignsByItself)
    #expect(!bench.host.exchanges.contains { $0.path.last == "cancel" }, "it is not ours to cancel")
    let lines = try await bench.make().cleanUp(back, removed: bench.pairs.incoming.kid)
    #expect(lines.contains { $0.contains("2 older production deployments") && $0.contains("dpl_3") }, "\(lines)")
  }

  @Test func `one that is built for long is named, and nothing goes live by itself until then`() async throws {
    let bench = try await VercelBench(.sensitive)
    let back = try await pushedAndTurned(bench, building: .seconds(2_400))
    let told = await trouble { try await bench.make().deploy(back) }
    #expect(told?.kind == .unanswered)
    #expect(told?.detail.contains("production leads to dpl_1 again, and dpl_3, begun before") == true)
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid && !bench.host.assignsByItself)
    bench.clock.advance(by: .seconds(2_400))
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    try await bench.make().settle(back)
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid && bench.host.assignsByItself)
  }

  @Test func `a deploy hook's build that nobody saw arrive does not land on top of a rollback`() async throws {
    let bench = try await VercelBench(.sensitive) { $0.buildTime = .seconds(90) }
    let hooked = bench.server.baseURL + "/vercel/hook/" + VercelBench.token
    let adjusted = VercelTarget(
      Runbook.Vercel(
        token: SecretString(VercelBench.token), project: "rehearsal-app", deploy: .hook(url: SecretString(hooked)),
        staged: false, api: bench.server.baseURL + "/vercel"),
      beaconURL: bench.server.baseURL + "/app/signer", readinessURL: nil, readinessSecret: nil,
      transport: bench.transport, clock: bench.clock, gate: Cut(at: 3, .after))
    let order = try await bench.swapped()
    bench.clock.advance(by: .seconds(5))
    _ = await trouble { try await adjusted.deploy(order) }
    #expect(bench.host.deploymentCount == 2)
    bench.clock.advance(by: .seconds(5))
    try await bench.make().write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
    try await bench.make().deploy(bench.order(bench.pairs.outgoing, .back, bookmark: order.bookmark))
    bench.clock.advance(by: .seconds(3_600))
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid && bench.host.assignsByItself)
  }

  @Test func `a push that took half a pair is no start of ours, though its beacon names the kid`() async throws {
    let bench = try await VercelBench(.sensitive)
    let bookmark = try await bench.make().bookmark()
    bench.host.plan(.halfOfTheVariables)
    _ = await trouble { try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil) }
    bench.clock.advance(by: .seconds(1))
    bench.host.push()
    bench.clock.advance(by: .seconds(10))
    try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil)
    #expect(bench.app.signingKid == bench.pairs.incoming.kid)
    #expect(bench.host.live.variables["MASKINPORTEN_PRIVATE_KEY"] == bench.pairs.outgoing.pem)
    try await bench.make().settle(bench.order(bench.pairs.incoming, bookmark: bookmark))
    #expect(bench.host.live.variables["MASKINPORTEN_PRIVATE_KEY"] == bench.pairs.incoming.pem)
    #expect(bench.host.live.deployment == "dpl_3" && bench.host.assignsByItself)
  }

  @Test func `an instant rollback in between is told within minutes, not after an hour`() async throws {
    let bench = try await VercelBench(.sensitive)
    let order = try await bench.swapped()
    try await bench.make().deploy(order)
    bench.host.lead(to: "dpl_1")
    bench.clock.advance(by: .seconds(10))
    let begun = bench.clock.now()
    let told = await trouble { try await bench.make().deploy(order) }
    #expect(told?.kind == .rejected)
    #expect(told?.detail.contains("production leads to dpl_1, which is older: somebody moved it back") == true)
    #expect(bench.clock.now().timeIntervalSince(begun) < 300)
    bench.host.lead(to: "dpl_2", by: "promote")
    bench.clock.advance(by: .seconds(10))
    try await bench.make().deploy(order)
    #expect(bench.app.signingKid == bench.pairs.incoming.kid && bench.host.deploymentCount == 2)
  }

  @Test func `a promote that failed says nothing of the next one`() async throws {
    let bench = try await VercelBench(.sensitive) { $0.requestLag = .seconds(2) }
    let order = try await bench.swapped()
    bench.host.plan(.trafficFails)
    let first = await trouble { try await bench.make().deploy(order) }
    #expect(first?.detail.contains("the promote to dpl_2 ended failed") == true)
    try await bench.make().deploy(order)
    #expect(bench.app.signingKid == bench.pairs.incoming.kid && bench.host.deploymentCount == 2)
  }

  // MARK: Variables

  @Test func `variables of other environments are neither read nor written`() async throws {
    let bench = try await VercelBench(.encrypted)
    for targets in [["preview"], ["development"]] {
      bench.host.add("MASKINPORTEN_KID", "kid-of-\(targets[0])", targets: targets)
      bench.host.add("MASKINPORTEN_PRIVATE_KEY", "key-of-\(targets[0])", targets: targets)
    }
    #expect(await bench.make().preflight().problems.isEmpty)
    #expect(await bench.holding().kid == bench.pairs.outgoing.kid)
    try await bench.make().write(bench.pairs.incoming.copy(), replacing: bench.pairs.outgoing.kid)
    #expect(await bench.holding().kid == bench.pairs.incoming.kid)
    #expect(bench.host.value("MASKINPORTEN_KID", of: ["preview"]) == "kid-of-preview")
    #expect(bench.host.value("MASKINPORTEN_PRIVATE_KEY", of: ["development"]) == "key-of-development")
  }

  @Test(arguments: [(["production", "preview"], 0), (["production"], 2)])
  func `a variable that production shares is refused by name, and so is the half that Vercel takes`(
    targets: [String], own: Int
  ) async throws {
    let bench = try await VercelBench(.sensitive)
    bench.host.set("MASKINPORTEN_KID", to: nil)
    bench.host.add("MASKINPORTEN_KID", bench.pairs.outgoing.kid.rawValue, targets: targets, customEnvironments: own)
    let problems = await bench.make().preflight().problems
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("MASKINPORTEN_KID is set for production and ") == true, "\(problems)")
    guard own == 0 else { return }
    let told = await trouble { try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil) }
    #expect(told?.detail.contains("half of the pair: MASKINPORTEN_KID ENV_CONFLICT") == true)
  }

  @Test func `a list that is not whole, and a value that is given sealed, are not taken for what is set`() async throws
  {
    let bench = try await VercelBench(.encrypted) { $0.pageLength = 2 }
    guard case .unreadable(let detail) = await bench.holding() else { return #expect(Bool(false), "it was read") }
    #expect(detail.contains("shows only the first 2 of the project's variables"))
    bench.host.change { ($0.pageLength, $0.sealsValues) = (nil, true) }
    #expect(await bench.holding() == .writeOnly)
    bench.host.change { $0.hidesProduction = true }
    let problems = await bench.make().preflight().problems
    #expect(problems == ["does not show 5 of production's variables to this token: give one that may see them"])
    guard case .unreadable = await bench.holding() else { return #expect(Bool(false), "it was read") }
  }

  // MARK: Preflight

  private func preflight(_ bench: VercelBench, asks: Bool = true, _ adjust: (inout Runbook.Vercel) -> Void) async
    -> TargetPreflight
  {
    var settings = Runbook.Vercel(
      token: SecretString(VercelBench.token), project: "rehearsal-app", api: bench.server.baseURL + "/vercel")
    adjust(&settings)
    return await VercelTarget(
      settings, beaconURL: asks ? bench.server.baseURL + "/app/signer" : nil, readinessURL: nil, readinessSecret: nil,
      transport: bench.transport, clock: bench.clock
    ).preflight()
  }

  @Test func `auto-assign and an ignored build step are read before anything is done`() async throws {
    let bench = try await VercelBench(.sensitive) { $0.ignoreCommand = "exit 0" }
    let on = await preflight(bench) { _ in }.warnings
    #expect(on.contains { $0.hasSuffix("a push in between ends staged") }, "\(on)")
    #expect(on.contains { $0.hasPrefix("an ignored build step is set") }, "\(on)")
    bench.host.change { $0.autoAssign = false }
    let off = await preflight(bench) { $0.staged = false }.warnings
    #expect(off.contains { $0.hasPrefix("domains are not assigned by themselves: our deployment ends") }, "\(off)")
    #expect(bench.host.exchanges.allSatisfy { $0.method == "GET" })
  }

  @Test func `what cannot work is told before anything is done, with what to look at`() async throws {
    let bench = try await VercelBench(.encrypted) {
      $0.team = "team_1"
      $0.forcesSensitive = true
    }
    let alone = await preflight(bench) { _ in }
    #expect(alone.problems.first?.contains("give team if the project belongs to one") == true, "\(alone)")
    let stranger = await preflight(bench) { $0.team = "team_2" }
    #expect(stranger.problems.first?.contains("that the token reaches team team_2") == true, "\(stranger)")
    let ended = await preflight(bench) { ($0.team, $0.token) = ("team_1", SecretString("ended")) }
    #expect(ended.problems.first?.contains("see that the token is valid still") == true, "\(ended)")
    let forced = await preflight(bench) { ($0.team, $0.type) = ("team_1", .encrypted) }
    #expect(forced.problems.contains("the team makes every variable sensitive; say type: sensitive"))
    let mute = await preflight(bench, asks: false) { ($0.team, $0.staged) = ("team_1", true) }
    #expect(mute.problems.contains { $0.hasPrefix("staged: true has nothing to ask") })
    let sealing = await preflight(bench) { $0.team = "team_1" }
    #expect(sealing.problems.isEmpty)
    #expect(sealing.warnings.contains { $0.contains("type: sensitive makes that impossible from the first write on") })
  }

  // MARK: A deployment at its own address

  @Test(arguments: [
    ("/app/nothing", nil as String?, "serves neither the beacon nor the readiness at its own address"),
    ("/app/signer", "another", "see that protection_bypass is the project's"),
  ])
  func `one that cannot be asked is held with the reason where it has to be asked`(
    beacon: String, bypass: String?, words: String
  ) async throws {
    let bench = try await VercelBench(.sensitive) { if bypass != nil { $0.protectionBypass = "the one" } }
    var settings = Runbook.Vercel(
      token: SecretString(VercelBench.token), project: "rehearsal-app", staged: true,
      api: bench.server.baseURL + "/vercel")
    settings.protectionBypass = bypass.map { SecretString($0) }
    let target = VercelTarget(
      settings, beaconURL: bench.server.baseURL + beacon, readinessURL: nil, readinessSecret: nil,
      transport: bench.transport, clock: bench.clock)
    let order = try await bench.swapped()
    let told = await trouble { try await target.deploy(order) }
    #expect(told?.kind == .rejected)
    #expect(told?.detail.contains(words) == true, "\(told?.detail ?? "")")
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid && bench.host.assignsByItself)
  }

  @Test func `one whose beacon is broken is not promoted`() async throws {
    let bench = try await VercelBench(.sensitive)
    let order = try await bench.swapped()
    bench.host.set("MASKINPORTEN_PRIVATE_KEY", to: "no key")
    let target = VercelTarget(
      Runbook.Vercel(
        token: SecretString(VercelBench.token), project: "rehearsal-app", api: bench.server.baseURL + "/vercel"),
      beaconURL: bench.server.baseURL + "/app/signer", readinessURL: nil, readinessSecret: nil,
      transport: bench.transport, clock: bench.clock)
    let told = await trouble { try await target.deploy(order) }
    #expect(told?.detail.contains("dpl_2 is built, and its beacon answers 503") == true, "\(told?.detail ?? "")")
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
  }
}
