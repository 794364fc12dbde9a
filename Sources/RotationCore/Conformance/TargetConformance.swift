/// The suite that every target must pass. It believes nothing that a target declares: each capability is a claim about
/// what can be seen at the bench, tried anew from the outgoing pair, by targets that remember nothing of one another.
package struct TargetConformance: Sendable {
  let bench: any ConformanceBench
  let writes = Pass<(ends: Ends, writes: [CutWrite])>()
  let deploys = Pass<[CutDeploy]>()
  /// How many outside calls of one operation are looked for at most.
  static let callsAtMost = 60

  package init(_ bench: any ConformanceBench) { self.bench = bench }

  typealias Trial = @Sendable (TargetConformance) async throws -> Void

  /// Every claim that begins with `beginning`, in order, until `isOver`. Leaves the outgoing pair set and live where the
  /// bench can bring that about.
  package func run(
    only beginning: String = "", until isOver: @Sendable () -> Bool = { false },
    _ watch: @Sendable (ConformanceFinding) -> Void = { _ in }
  ) async -> [ConformanceFinding] {
    var findings: [ConformanceFinding] = []
    for (claim, trial) in Self.trials where claim.hasPrefix(beginning) {
      if isOver() { break }
      let finding = ConformanceFinding(claim, await result(of: trial))
      watch(finding)
      findings.append(finding)
    }
    let left = ConformanceFinding("it can be left as it was found", await result { _ in })
    return left.isBroken ? findings + [left] : findings
  }

  static var trials: [(String, Trial)] { manners + abilities + interruptions }
  package static var claims: [String] { trials.map(\.0) }

  private func result(of trial: Trial) async -> ConformanceFinding.Result {
    do {
      try await bench.reset()
      try await trial(self)
      return .holds
    } catch Verdictless.broken(let reason) {
      return .broken(reason)
    } catch Verdictless.notSeen(let reason) {
      return .notSeen(reason)
    } catch let trouble as NeighbourTrouble {
      return .broken("\(trouble.kind.rawValue): \(trouble.detail)")
    } catch let failure as Failure {
      return .broken(failure.summary)
    } catch { return .broken("\(type(of: error))") }
  }

  // MARK: What a target must do whatever it can

  static let manners: [(String, Trial)] = [
    ("it has one name, and no secret in it", { try await $0.tryName() }),
    ("its preflight finds nothing against a pair that is whole and live", { try await $0.tryPreflight() }),
    ("what is written is what is read", { try await $0.tryWrite() }),
    ("writing the same pair twice is writing it once", { try await $0.tryTwice() }),
    ("half a pair is never read as a whole one, and a write mends it", { try await $0.tryHalf() }),
    ("a deploy ends with the written pair live", { try await $0.tryDeploy() }),
    ("going back ends with the outgoing pair set and live", { try await $0.tryBack() }),
    ("cleaning up leaves what is live alone", { try await $0.tryCleanUp() }),
  ]

  private func tryName() async throws {
    let (first, second) = (try await fresh().name, try await fresh().name)
    guard first == second, !first.isEmpty else { throw Verdictless.broken("it is called \(first), then \(second)") }
    guard !first.contains("PRIVATE KEY"), first.utf8.count <= 500 else { throw Verdictless.broken("its name is unfit") }
  }

  private func tryPreflight() async throws {
    let found = await (try fresh()).preflight()
    if let trouble = found.trouble { throw trouble }
    guard found.problems.isEmpty else { throw Verdictless.broken(found.problems.joined(separator: "; ")) }
  }

  private func tryWrite() async throws {
    try await write(incoming)
    let seen = try await look()
    guard seen == .whole(incoming.kid) || seen == .unseen else {
      throw Verdictless.broken("after the write of \(incoming.kid) it is read as \(seen.words)")
    }
  }

  private func tryTwice() async throws {
    try await write(incoming)
    try await write(incoming)
    let seen = try await look()
    guard seen == .whole(incoming.kid) || seen == .unseen else {
      throw Verdictless.broken("it is read as \(seen.words)")
    }
  }

  private func tryHalf() async throws {
    guard try await bench.act(.halve) else { throw Verdictless.notSeen("half a pair cannot be made here") }
    let seen = try await look()
    if case .whole(let kid) = seen { throw Verdictless.broken("half a pair is read as kid \(kid)") }
    let target = try await fresh()
    try await target.write(incoming.copy(), replacing: seen.kid)
    let after = try await look()
    guard after == .whole(incoming.kid) || after == .unseen else {
      throw Verdictless.broken("after a write it is still read as \(after.words)")
    }
  }

  private func tryDeploy() async throws {
    let can = try await fresh().capabilities
    let forward = try await swap()
    guard can.contains(.deploys) else {
      throw Verdictless.notSeen("it does not deploy: somebody starts what runs there anew")
    }
    try await fresh().deploy(forward)
    try await expectRunning(incoming.kid, "after the deploy")
    try await fresh().settle(forward)
    try await expectRunning(incoming.kid, "after settling what a deploy leaves")
  }

  private func tryBack() async throws {
    let can = try await fresh().capabilities
    let forward = try await swap()
    if can.contains(.deploys) { try await fresh().deploy(forward) }
    try await write(outgoing)
    if can.contains(.deploys) { try await fresh().deploy(order(.back, forward.bookmark)) }
    let seen = try await look()
    guard seen == .whole(outgoing.kid) || seen == .unseen else {
      throw Verdictless.broken("after the way back it is read as \(seen.words)")
    }
    if !can.isDisjoint(with: [.deploys, .restartsByItself]) {
      try await expectRunning(outgoing.kid, "after the way back")
    }
  }

  private func tryCleanUp() async throws {
    let can = try await fresh().capabilities
    let forward = try await swap()
    if can.contains(.deploys) { try await fresh().deploy(forward) }
    let lines = try await fresh().cleanUp(forward, removed: outgoing.kid)
    guard !lines.contains(where: { $0.contains("PRIVATE KEY") }) else { throw Verdictless.broken("it tells a secret") }
    let seen = try await look()
    guard seen == .whole(incoming.kid) || seen == .unseen else {
      throw Verdictless.broken("after cleaning up it is read as \(seen.words)")
    }
    if can.contains(.deploys) { try await expectRunning(incoming.kid, "after cleaning up") }
  }
}
