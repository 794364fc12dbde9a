extension TargetConformance {
  static let interruptions: [(String, Trial)] = [
    ("a write that is cut at any call can be looked at and done again", { try await $0.tryCutWrites() }),
    ("a deploy that is cut at any call is found again", { try await $0.tryCutDeploys() }),
    ("a deploy that is cut at any call is not done twice", { try await $0.tryCountedDeploys() }),
    ("a way back that is cut at any call can be gone again", { try await $0.tryCutBack() }),
    ("a deploy that is cut at any call can be gone back from, and does not come after", { try await $0.tryTurn() }),
  ]

  /// How often a process ended at which places of an operation.
  struct Ends: Sendable {
    var beside = 0
    /// Within a call, which is a child process.
    var within = 0
  }

  /// When a child is killed, as shares of the time that it takes: more often towards its end, where programs do their
  /// work, and on until it comes through.
  static let shares = [0.7, 0.85, 0.95, 1.05]
  /// A child that is quicker than it was comes through, and is tried again by its new time; so many tries in all.
  static let triesAtMost = 7

  /// Does `act` with the process ending before its first outside call, then after it, after its second, and so on until
  /// it comes through, then within its calls where these are child processes; each time from the outgoing pair, and each
  /// time judged by `afterwards`.
  @discardableResult
  func atEveryCut(
    after prepare: () async throws -> Void = {}, _ act: (any DeploymentTarget, Cut) async throws -> Void,
    afterwards: (Cut) async throws -> Void
  ) async throws -> Ends {
    var ends = Ends()
    var whole = Duration.zero
    /// Whether it fell.
    func end(by cut: Cut) async throws -> Bool {
      try await bench.reset()
      try await prepare()
      let target = try await fresh(cut)
      let begun = ContinuousClock.now
      do { try await act(target, cut) } catch let trouble as NeighbourTrouble {
        guard cut.fell else { throw trouble }
      }
      whole = .now - begun
      if cut.fell { try await afterwards(cut) }
      return cut.fell
    }
    for place in 0..<Self.callsAtMost {
      var cameThrough = true
      for side in Cut.sides(at: place) where try await end(by: Cut(at: place, side)) {
        cameThrough = false
        ends.beside += 1
      }
      if cameThrough { break }
    }
    guard ends.beside > 0 else { throw Verdictless.notSeen("no outside call was seen that could be cut") }
    var (time, tries) = (whole, 0)
    for share in Self.shares {
      while tries < Self.triesAtMost {
        tries += 1
        let cut = Cut(within: time * share)
        if try await end(by: cut) {
          ends.within += 1
          break
        }
        guard share < 1, cut.metChild else { return ends }
        time = whole
      }
    }
    return ends
  }

  private func tryCutWrites() async throws {
    try await atEveryCut { target, _ in
      try await target.write(incoming.copy(), replacing: outgoing.kid)
    } afterwards: { cut in
      let found = try await look()
      if case .whole(let kid) = found, kid != outgoing.kid, kid != incoming.kid {
        throw Verdictless.broken("\(cut.words): it is read as \(found.words)")
      }
      try await fresh().write(incoming.copy(), replacing: found.kid)
      let after = try await look()
      guard after == .whole(incoming.kid) || after == .unseen else {
        throw Verdictless.broken("\(cut.words), then done again: it is read as \(after.words)")
      }
    }
  }

  private func tryCutDeploys() async throws {
    guard try await fresh().capabilities.contains(.deploys) else { throw Verdictless.notSeen("it does not deploy") }
    for deploy in try await cutDeploys() {
      try expect(deploy.running, toBe: incoming.kid, "\(deploy.words), then asked again:")
    }
  }

  private func tryCountedDeploys() async throws {
    guard try await fresh().capabilities.contains(.deploys) else { throw Verdictless.notSeen("it does not deploy") }
    guard try await bench.versions() != nil else {
      throw Verdictless.notSeen("how often something is brought up cannot be counted here")
    }
    for deploy in try await cutDeploys() where deploy.versions ?? 0 > 1 {
      throw Verdictless.broken("\(deploy.words), then asked again: it brought up \(deploy.versions ?? 0)")
    }
  }

  private func tryCutBack() async throws {
    guard try await fresh().capabilities.contains(.deploys) else { throw Verdictless.notSeen("it does not deploy") }
    var back = order(.back)
    try await atEveryCut(after: {
      let forward = try await swap()
      try await fresh().deploy(forward)
      try await write(outgoing)
      back = order(.back, forward.bookmark)
    }) { target, _ in
      try await target.deploy(back)
    } afterwards: { cut in
      try await fresh().deploy(back)
      try await expectRunning(outgoing.kid, "\(cut.words), then asked again:")
      let seen = try await look()
      guard seen == .whole(outgoing.kid) || seen == .unseen else {
        throw Verdictless.broken("\(cut.words), then asked again: it is read as \(seen.words)")
      }
    }
  }

  private func tryTurn() async throws {
    guard try await fresh().capabilities.contains(.deploys) else { throw Verdictless.notSeen("it does not deploy") }
    var forward = order(.forward)
    try await atEveryCut(after: { forward = try await swap() }) { target, _ in
      try await target.deploy(forward)
    } afterwards: { cut in
      try await write(outgoing)
      try await fresh().deploy(order(.back, forward.bookmark))
      try await expectRunning(outgoing.kid, "\(cut.words), then gone back:")
      _ = try await bench.act(.landLate)
      try await expectRunning(outgoing.kid, "\(cut.words), then gone back, and a while later:")
    }
  }
}
