extension TargetConformance {
  /// One claim a capability. What is declared must be seen; what would surprise must be declared.
  static let abilities: [(String, Trial)] = [
    ("atomicPair: no end of the process leaves half a pair", { try await $0.tryAtomicPair() }),
    ("compareAndSwap: what was changed since it was read is not overwritten", { try await $0.trySwap() }),
    ("readBack: what is set is seen, whoever set it", { try await $0.tryReadBack() }),
    ("staged: a version that does not work serves nobody", { try await $0.tryStaged() }),
    ("restartsByItself: a write is live at once if, and only if, it says so", { try await $0.tryRestart() }),
    ("rollbackByPointer: what ran before is put back and not built again", { try await $0.tryPointer() }),
    ("settlesAtOnce: nothing lands after a write that got no answer", { try await $0.trySettled() }),
    ("deploys: it starts something if it says so", { try await $0.tryDeploys() }),
  ]

  private func require(_ capability: TargetCapabilities) async throws {
    guard try await fresh().capabilities.contains(capability) else {
      throw Verdictless.notSeen("it does not claim this")
    }
  }

  private func tryAtomicPair() async throws {
    try await require(.atomicPair)
    let (ends, writes) = try await cutWrites()
    for write in writes where write.seen != .whole(outgoing.kid) && write.seen != .whole(incoming.kid) {
      throw Verdictless.broken("a write that is \(write.words) leaves \(write.seen.words)")
    }
    try await bench.reset()
    guard try await bench.act(.splitNextWrite) else {
      // More than one call, or one that was ended within: whatever it writes in two parts came apart somewhere there.
      guard ends.within > 0 || ends.beside > Cut.sides(at: 0).count else {
        throw Verdictless.notSeen("its one call cannot be ended within")
      }
      return
    }
    do { try await write(incoming) } catch is NeighbourTrouble {}
    let seen = try await look()
    guard seen == .whole(outgoing.kid) || seen == .whole(incoming.kid) else {
      throw Verdictless.broken("a write of which one half was taken leaves \(seen.words)")
    }
  }

  private func trySwap() async throws {
    try await require(.compareAndSwap)
    let target = try await fresh()
    _ = await target.read()
    if try await !bench.act(.setForeign) { try await write(bench.pairs.foreign) }
    try await expectRefusal(of: target)
    guard let intrude = bench.intrude else { return try await tryRace() }
    for place in 0..<Self.callsAtMost {
      try await bench.reset()
      let intruder = Intruder(before: place, intrude)
      let target = try await fresh(intruder)
      try await expectRefusal(of: target) { !intruder.came }
      guard intruder.came else { return }
    }
  }

  /// Two write at once, each in place of the outgoing pair: one of them comes too late.
  private func tryRace() async throws {
    for _ in 0..<Self.races {
      try await bench.reset()
      let (first, second) = (try await fresh(), try await fresh())
      async let one = isTaken(incoming, by: first)
      async let other = isTaken(bench.pairs.foreign, by: second)
      let taken = (try await one, try await other)
      let seen = try await look()
      guard taken != (true, true) else {
        throw Verdictless.broken("two that wrote at once were both told that it was done; it holds \(seen.words)")
      }
      let winner = taken.0 ? incoming : taken.1 ? bench.pairs.foreign : outgoing
      guard seen == .whole(winner.kid) || seen == .unseen else {
        throw Verdictless.broken("of two that wrote at once \(winner.kid) was taken, and yet it holds \(seen.words)")
      }
    }
  }

  private static let races = 5

  private func isTaken(_ pair: HeldPair, by target: any DeploymentTarget) async throws -> Bool {
    do { try await target.write(pair.copy(), replacing: outgoing.kid) } catch let trouble as NeighbourTrouble
      where trouble.kind == .rejected
    { return false }
    return true
  }

  /// `isFree`: whether the write was free to go through.
  private func expectRefusal(of target: any DeploymentTarget, unless isFree: () -> Bool = { false }) async throws {
    do {
      try await target.write(incoming.copy(), replacing: outgoing.kid)
    } catch let trouble as NeighbourTrouble where trouble.kind == .rejected {
      let seen = try await look()
      guard seen == .whole(bench.pairs.foreign.kid) || seen == .unseen else {
        throw Verdictless.broken("it refused the write, and yet holds \(seen.words)")
      }
      return
    }
    guard isFree() else { throw Verdictless.broken("it wrote over what somebody else had set meanwhile") }
  }

  private func tryReadBack() async throws {
    try await require(.readBack)
    try await write(incoming)
    let mine = try await look()
    guard mine == .whole(incoming.kid) else { throw Verdictless.broken("after our write it reads \(mine.words)") }
    try await tryReadAgainstLive()
    try await bench.reset()
    guard try await bench.act(.setForeign) else {
      throw Verdictless.notSeen("nobody but the target can write here: it may tell what it remembers")
    }
    let theirs = try await look()
    guard theirs == .whole(bench.pairs.foreign.kid) else {
      throw Verdictless.broken("after somebody else's write it reads \(theirs.words)")
    }
  }

  /// After a write that was cut, what a deploy brings up is what was read.
  private func tryReadAgainstLive() async throws {
    guard try await fresh().capabilities.contains(.deploys), try await bench.running() != nil else { return }
    try await atEveryCut { target, _ in
      try await target.write(incoming.copy(), replacing: outgoing.kid)
    } afterwards: { cut in
      let seen = try await look()
      guard case .whole(let kid) = seen else { return }
      try await fresh().deploy(TargetOrder(rotation: Self.rotation, kid: kid, direction: .forward))
      guard try await bench.running() == kid else {
        throw Verdictless.broken("a write that is \(cut.words) is read as \(seen.words), and another one comes up")
      }
    }
  }

  private func tryStaged() async throws {
    try await require(.staged)
    let forward = try await swap()
    guard try await bench.act(.breakNextVersion) else { throw Verdictless.notSeen("no version can be broken here") }
    do { try await fresh().deploy(forward) } catch is NeighbourTrouble {
      return try await expectRunning(outgoing.kid, "after a version that did not work")
    }
    throw Verdictless.broken("it deployed a version that does not work and did not say so")
  }

  private func tryRestart() async throws {
    let claims = try await fresh().capabilities.contains(.restartsByItself)
    try await write(incoming)
    try await expectRunning(claims ? incoming.kid : outgoing.kid, "after a write alone")
  }

  private func tryPointer() async throws {
    try await require(.rollbackByPointer)
    guard let bookmark = try await fresh().bookmark() else { throw Verdictless.broken("it has no name for what runs") }
    guard !bookmark.contains("PRIVATE KEY"), bookmark.utf8.count <= 4_096 else {
      throw Verdictless.broken("what it calls what runs is unfit to be kept")
    }
    try await write(incoming)
    try await fresh().deploy(order(.forward, bookmark))
    try await expectRunning(incoming.kid, "after the deploy")
    // Whoever just brings up what is set brings up a stranger.
    try await write(bench.pairs.foreign)
    let before = try await bench.versions()
    try await fresh().deploy(order(.back, bookmark))
    try await expectRunning(outgoing.kid, "after going back to what ran before")
    if let before, let after = try await bench.versions(), after != before {
      throw Verdictless.broken("it built \(after - before) anew instead of putting back what ran before")
    }
  }

  private func trySettled() async throws {
    try await require(.settlesAtOnce)
    for write in try await cutWrites().writes {
      guard let later = write.later else { throw Verdictless.notSeen("what lands late cannot be awaited here") }
      guard write.seen == later else {
        throw Verdictless.broken("\(write.words): read as \(write.seen.words), and later as \(later.words)")
      }
    }
  }

  private func tryDeploys() async throws {
    let claims = try await fresh().capabilities.contains(.deploys)
    let forward = try await swap()
    guard let before = try await bench.running() else {
      throw Verdictless.notSeen("what runs cannot be seen from here")
    }
    try await fresh().deploy(forward)
    try await expectRunning(claims ? incoming.kid : before, "after a deploy")
  }
}
