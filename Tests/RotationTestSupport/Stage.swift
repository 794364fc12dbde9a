internal import Foundation
package import RotationCore

/// One client's world, ledger and runbook, and engines over them.
package final class Stage: Sendable {
  package let clock: ManualClock
  package let world: PaperWorld
  package let ledger: MemoryLedger
  package let keys = PaperKeys()
  package let live: KeyReference
  package let runbook: Runbook
  package let manual: Bool

  package init(
    manual: Bool = false, others: Int = 1, targets: [String] = ["dotenv:/app/.env"], hasBeacon: Bool = true,
    reloads: Bool = true, settlesAtOnce: Bool = true, writesWhole: Bool = true, asksFirstNode: Bool = false,
    clock: ManualClock = ManualClock(),
    change: (inout Runbook) -> Void = { _ in }
  ) {
    self.clock = clock
    self.manual = manual
    live = PaperKeys.reference("live")
    world = PaperWorld(
      clock: clock, live: live, others: others, targets: targets, hasBeacon: hasBeacon, reloads: reloads,
      settlesAtOnce: settlesAtOnce, writesWhole: writesWhole, asksFirstNode: asksFirstNode)
    ledger = MemoryLedger()
    var runbook = Runbook(
      name: "stage",
      maskinporten: .init(
        environment: .custom, clientID: ClientID("client"), scopes: ["a:b"], issuer: "https://m/",
        tokenEndpoint: "https://m/token", selfServiceAPI: "https://p"),
      portal: manual
        ? .manual
        : .selfService(
          .init(clientID: ClientID("admin"), kid: KeyID("admin-kid"), privateKey: SecretString("x"), scopes: [])),
      targets: targets.map {
        .init(kind: .dotenv(.init(path: $0)), beaconURL: nil)
      }, folder: "/app")
    runbook.timing = .init(
      propagation: .seconds(300), overlap: .seconds(3_600), quarantine: .seconds(86_400), settle: .seconds(120))
    change(&runbook)
    self.runbook = runbook
  }

  /// A tainted outgoing key, under the timing of a runbook that asks for no wait.
  package static let emergency: @Sendable (inout Runbook) -> Void = { runbook in
    runbook.emergency = true
    runbook.timing.overlap = .zero
  }

  package func engine(
    _ name: String = "kari", crash: CrashPlan = CrashPlan(), ledger: MemoryLedger? = nil, runbook: Runbook? = nil,
    stop: StopSignal = StopSignal(),
    table: TransitionTable = .standard, rules: [SafetyRule] = SafetyRule.allCases,
    observe: @escaping @Sendable (EngineEvent) -> Void = { _ in }
  ) -> Engine {
    (ledger ?? self.ledger).restart(crash)
    world.restart(crash)
    return Engine(
      parts: parts(name, ledger: ledger, stop: stop, table: table, rules: rules, observe: observe),
      runbook: runbook ?? self.runbook,
      source: StoredRunbook(
        digest: "sha256:runbook", bytes: Data("runbook".utf8), folder: "/app", path: "runbook.yaml"),
      world: world.neighbourhood(manual: manual))
  }

  package func parts(
    _ name: String = "kari", ledger: MemoryLedger? = nil, stop: StopSignal = StopSignal(),
    table: TransitionTable = .standard, rules: [SafetyRule] = SafetyRule.allCases,
    observe: @escaping @Sendable (EngineEvent) -> Void = { _ in }
  ) -> EngineParts {
    EngineParts(
      ledger: ledger ?? self.ledger, keys: keys, clock: clock, stop: stop, operatorName: name, digest: Self.digest,
      table: table,
      rules: rules, observe: observe)
  }

  /// No SHA-256 in this room: FNV-1a tells values apart as well, where nobody forges.
  private static let digest: @Sendable (Data) -> String = { bytes in
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return "sha256:" + String(hash, radix: 16)
  }

  package func rotate(_ goal: Goal = .end, wait: Bool = true, crash: CrashPlan = CrashPlan()) async throws -> RunReport
  {
    var options = Engine.RotateOptions()
    options.goal = goal
    options.wait = wait
    return try await engine(crash: crash).rotate(options)
  }

  package func rollback(crash: CrashPlan = CrashPlan(), acceptTainted: Bool = false) async throws -> RunReport {
    try await engine(crash: crash).rollback(rotation, reason: "test", acceptTainted: acceptTainted)
  }

  /// The newest rotation.
  package var rotation: Rotation {
    get throws {
      guard let rotation = try ledger.rotations().first else { throw Failure(.rotationUnknown, "none") }
      return rotation
    }
  }
}

/// A report in a line, for a failing test.
package func brief(_ report: RunReport) -> String {
  "\(report.rotation?.phase.rawValue ?? "-") \(report.outcome.rawValue) \(report.waiting.on.rawValue)"
    + " \(report.waiting.reason ?? "") \(report.failure?.summary ?? "")"
}
