private import Synchronization

/// Something that is found out at the bench once, when the first of the claims that rest on it asks.
final class Pass<Findings: Sendable>: Sendable {
  private let found = Mutex<Findings?>(nil)

  /// Throws as `look` does, and asks it again the next time.
  func callAsFunction(_ look: () async throws -> Findings) async throws -> Findings {
    if let found = found.withLock(\.self) { return found }
    let findings = try await look()
    found.withLock { $0 = findings }
    return findings
  }
}

extension TargetConformance {
  /// What was seen of a write of the incoming pair over the outgoing one that was cut.
  struct CutWrite: Sendable {
    /// `cut before call 1`
    var words: String
    /// By the first look.
    var seen: Seen
    /// After what could land late; nil where that was not waited for.
    var later: Seen?
  }

  /// What was seen of a deploy that was cut, and then asked for again.
  struct CutDeploy: Sendable {
    var words: String
    var running: KeyID?
    var versions: Int?
  }

  func cutWrites() async throws -> (ends: Ends, writes: [CutWrite]) {
    try await writes {
      let settles = try await fresh().capabilities.contains(.settlesAtOnce)
      var writes: [CutWrite] = []
      let ends = try await atEveryCut { target, _ in
        try await target.write(incoming.copy(), replacing: outgoing.kid)
      } afterwards: { cut in
        let seen = try await look()
        var later: Seen?
        if settles, try await bench.act(.landLate) { later = try await look() }
        writes.append(CutWrite(words: cut.words, seen: seen, later: later))
      }
      return (ends, writes)
    }
  }

  func cutDeploys() async throws -> [CutDeploy] {
    try await deploys {
      var forward = order(.forward)
      var deploys: [CutDeploy] = []
      try await atEveryCut(after: { forward = try await swap() }) { target, _ in
        try await target.deploy(forward)
      } afterwards: { cut in
        try await fresh().deploy(forward)
        deploys.append(
          CutDeploy(words: cut.words, running: try await bench.running(), versions: try await bench.versions()))
      }
      return deploys
    }
  }
}
