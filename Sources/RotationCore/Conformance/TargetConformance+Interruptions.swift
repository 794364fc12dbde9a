extension TargetConformance {
  static let interruptions: [(String, Trial)] = [
    ("a write that is cut at any call can be looked at and done again", { try await $0.tryCutWrites() }),
    ("a deploy that is cut at any call is found again, and not done twice", { try await $0.tryCutDeploys() }),
    ("a way back that is cut at any call can be gone again", { try await $0.tryCutBack() }),
    ("a deploy that is cut at any call can be gone back from, and does not come after", { try await $0.tryTurn() }),
  ]

  /// Does `act` with the process ending before its first outside call, then after it, after its second, and so on until
  /// it comes through; each time from the outgoing pair, and each time judged by `afterwards`.
  func atEveryCut(
    after prepare: () async throws -> Void = {}, _ act: (any DeploymentTarget, Cut) async throws -> Void,
    afterwards: (Cut) async throws -> Void
  ) async throws {
    var fell = 0
    for place in 0..<Self.callsAtMost {
      var cameThrough = true
      for side in Cut.sides(at: place) {
        try await bench.reset()
        try await prepare()
        let cut = Cut(at: place, side)
        do { try await act(try await fresh(cut), cut) } catch let trouble as NeighbourTrouble {
          guard cut.fell else { throw trouble }
        }
        guard cut.fell else { continue }
        cameThrough = false
        fell += 1
        try await afterwards(cut)
      }
      if cameThrough { break }
    }
    guard fell > 0 else { throw Verdictless.notSeen("no outside call was seen that could be cut") }
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
    var forward = order(.forward)
    try await atEveryCut(after: { forward = try await swap() }) { target, _ in
      try await target.deploy(forward)
    } afterwards: { cut in
      try await fresh().deploy(forward)
      try await expectRunning(incoming.kid, "\(cut.words), then asked again:")
      guard let versions = try await bench.versions(), versions > 1 else { return }
      throw Verdictless.broken("\(cut.words), then asked again: it brought up \(versions)")
    }
  }

  private func tryCutBack() async throws {
    guard try await fresh().capabilities.contains(.deploys) else { throw Verdictless.notSeen("it does not deploy") }
    var back = order(.back)
    try await atEveryCut(after: {
      let forward = try await swap()
      try await fresh().deploy(forward)
      try await write(outgoing, over: incoming)
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
      try await write(outgoing, over: incoming)
      try await fresh().deploy(order(.back, forward.bookmark))
      try await expectRunning(outgoing.kid, "\(cut.words), then gone back:")
      _ = try await bench.act(.landLate)
      try await expectRunning(outgoing.kid, "\(cut.words), then gone back, and a while later:")
    }
  }
}
