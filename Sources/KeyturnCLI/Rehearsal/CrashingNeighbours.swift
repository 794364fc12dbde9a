internal import RotationCore

/// Neighbours whose caller may die right before and right after each write.
struct CrashingPortal: ClientPortal {
  let inner: any ClientPortal
  let life: Lifeline

  func read() async throws -> PortalKeySet {
    if life.isDead { throw Lifeline.Killed() }
    return try await inner.read()
  }

  func replace(with keys: [PortalKey]) async throws {
    let kids = keys.count
    try await life.around("a portal write of \(kids) keys") { try await inner.replace(with: keys) }
  }
}

struct CrashingTarget: DeploymentTarget {
  let inner: any DeploymentTarget
  let life: Lifeline

  var name: String { inner.name }
  var capabilities: TargetCapabilities { inner.capabilities }

  func read() async -> TargetReading {
    if life.isDead {
      return .unreadable(NeighbourTrouble(neighbour: name, kind: .unreachable, detail: "the process was killed"))
    }
    return await inner.read()
  }

  func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws {
    try life.pass("before the target's write")
    try await inner.write(pair, replacing: expected)
    try life.pass("after the target's write")
  }

  func deploy(_ order: TargetOrder) async throws {
    try await life.around("the app's reload") { try await inner.deploy(order) }
  }

  func preflight() async -> TargetPreflight { await inner.preflight() }
  func bookmark() async throws -> String? { try await inner.bookmark() }
  func cleanUp(_ order: TargetOrder, removed: KeyID) async throws -> [String] {
    try await inner.cleanUp(order, removed: removed)
  }
}

extension Neighbourhood {
  /// The same world, with every write of its user between two points of `life`.
  func crashing(with life: Lifeline) -> Neighbourhood {
    Neighbourhood(
      tokens: tokens, portal: portal.map { CrashingPortal(inner: $0, life: life) },
      sites: sites.map { Site(target: CrashingTarget(inner: $0.target, life: life), beacon: $0.beacon) },
      readiness: readiness)
  }
}
