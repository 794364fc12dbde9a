/// A bench for a target of which nothing more is known than its port, and where it has one its beacon: nobody can reach
/// what it writes to besides the target.
package struct PlainBench: ConformanceBench {
  package let pairs: ConformancePairs
  private let make: @Sendable (any CallGate) async throws -> any DeploymentTarget
  private let beacon: (any SignerBeacon)?
  private let clock: any WallClock

  /// How long something that was begun may take to land.
  private static let lateness: Duration = .seconds(2)

  package init(
    pairs: ConformancePairs, beacon: (any SignerBeacon)?, clock: any WallClock,
    target make: @escaping @Sendable (any CallGate) async throws -> any DeploymentTarget
  ) {
    self.pairs = pairs
    self.beacon = beacon
    self.clock = clock
    self.make = make
  }

  package func target(_ gate: any CallGate) async throws -> any DeploymentTarget { try await make(gate) }

  package func reset() async throws { try await set(pairs.outgoing, deploys: true) }

  package func running() async throws -> KeyID? { try await beacon?.signingKid() }

  package func versions() async throws -> Int? { nil }

  package func act(_ act: ConformanceAct) async throws -> Bool {
    guard act == .landLate else { return false }
    try await clock.sleep(until: clock.now() + Self.lateness)
    return true
  }

  /// Puts `pair` there, whatever is there now.
  package func set(_ pair: HeldPair, deploys: Bool) async throws {
    let target = try await make(OpenGate())
    let kid: KeyID? =
      switch await target.read() {
      case .pair(let found): found.kid
      case .kidOnly(let found): found
      case .unreadable(let trouble): throw trouble
      case .writeOnly: nil
      case .absent: nil
      case .broken: nil
      }
    try await target.write(pair.copy(), replacing: kid)
    if deploys {
      try await target.deploy(TargetOrder(rotation: TargetConformance.rotation, kid: pair.kid, direction: .forward))
    }
  }
}
