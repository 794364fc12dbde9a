extension TargetConformance {
  /// What one look told, as far as the suite judges it.
  enum Seen: Hashable {
    /// This pair; of a target that tells no more, this kid.
    case whole(KeyID)
    /// A key that does not belong to the kid.
    case mixed(KeyID)
    case broken(String)
    /// Write-only.
    case unseen

    var kid: KeyID? {
      switch self {
      case .whole(let kid), .mixed(let kid): kid
      case .broken, .unseen: nil
      }
    }

    var words: String {
      switch self {
      case .whole(let kid): "the pair \(kid)"
      case .mixed(let kid): "kid \(kid) with another key"
      case .broken(let problem): problem
      case .unseen: "what cannot be read"
      }
    }
  }

  var outgoing: HeldPair { bench.pairs.outgoing }
  var incoming: HeldPair { bench.pairs.incoming }

  func fresh(_ gate: any CallGate = OpenGate()) async throws -> any DeploymentTarget { try await bench.target(gate) }

  static let rotation = RotationID(rawValue: "R-20000101-CHCK")

  func order(_ direction: TargetOrder.Direction, _ bookmark: String? = nil) -> TargetOrder {
    TargetOrder(
      rotation: Self.rotation, kid: direction == .forward ? incoming.kid : outgoing.kid, direction: direction,
      bookmark: bookmark)
  }

  /// Sets the incoming pair over the outgoing one as a rotation does, and returns the order to bring it up: what ran
  /// before is remembered first, where it has a name.
  func swap() async throws -> TargetOrder {
    let target = try await fresh()
    let bookmark = target.capabilities.contains(.rollbackByPointer) ? try await target.bookmark() : nil
    try await write(incoming, by: target)
    return order(.forward, bookmark)
  }

  /// By a target of its own, which looks first what it writes over.
  func write(_ pair: HeldPair) async throws { try await write(pair, by: fresh()) }

  private func write(_ pair: HeldPair, by target: any DeploymentTarget) async throws {
    try await target.write(pair.copy(), replacing: look(by: target).kid)
  }

  func look() async throws -> Seen { try await look(by: fresh()) }

  private func look(by target: any DeploymentTarget) async throws -> Seen {
    switch await target.read() {
    case .pair(let pair):
      let known = [bench.pairs.outgoing, bench.pairs.incoming, bench.pairs.foreign].first { $0.kid == pair.kid }
      guard let known else { return .whole(pair.kid) }
      return known.isSame(as: pair) ? .whole(pair.kid) : .mixed(pair.kid)
    case .kidOnly(let kid): return .whole(kid)
    case .writeOnly: return .unseen
    case .absent: return .broken("no pair")
    case .broken(let problem): return .broken(problem)
    case .unreadable(let trouble): throw trouble
    }
  }

  func expectRunning(_ kid: KeyID, _ when: String) async throws {
    try expect(await bench.running(), toBe: kid, when)
  }

  func expect(_ running: KeyID?, toBe kid: KeyID, _ when: String) throws {
    guard let running else {
      throw Verdictless.notSeen("what runs cannot be seen from here")
    }
    guard running == kid else { throw Verdictless.broken("\(when) kid \(running) is live, not \(kid)") }
  }
}
