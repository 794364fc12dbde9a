import RotationCore
import RotationTestSupport
import Synchronization
import Testing

@Suite struct ConformanceTests {
  private static func verdict(_ capabilities: TargetCapabilities, _ lie: PaperTarget.Lie? = nil) async throws
    -> [ConformanceFinding]
  {
    await TargetConformance(try PaperBench(capabilities: capabilities, lie: lie)).run()
  }

  private static let versioned: TargetCapabilities = [
    .atomicPair, .compareAndSwap, .readBack, .staged, .rollbackByPointer, .settlesAtOnce, .deploys,
  ]
  private static let restarting: TargetCapabilities = [
    .atomicPair, .compareAndSwap, .readBack, .restartsByItself, .settlesAtOnce,
  ]

  @Test(arguments: [versioned, restarting, [.deploys, .readBack], [.deploys]])
  func `an honest target passes, whatever it can`(capabilities: TargetCapabilities) async throws {
    let findings = try await Self.verdict(capabilities)
    for finding in findings where finding.isBroken { Issue.record("\(finding)") }
    #expect(findings.count == 21)
  }

  @Test(arguments: [versioned, restarting])
  func `each capability that an honest target claims is seen, and each has its liar`(capabilities: TargetCapabilities)
    async throws
  {
    let findings = try await Self.verdict(capabilities)
    for (capability, word) in TargetCapabilities.words {
      #expect(PaperTarget.Lie.allCases.contains { $0.claim == word }, "nobody lies about \(word)")
      guard capabilities.contains(capability) else { continue }
      #expect(findings.contains { $0.claim.hasPrefix(word + ":") && $0.result == .holds }, "\(word)")
    }
  }

  @Test func `every claim comes with advice of its own`() async throws {
    let findings = try await Self.verdict([.deploys])
    #expect(Set(findings.compactMap(\.advice)).count == findings.count)
  }

  @Test(arguments: PaperTarget.Lie.allCases)
  func `a target that lies about a capability fails that claim`(lie: PaperTarget.Lie) async throws {
    let capabilities = lie == .restartsByItself || lie == .hidesItsRestart ? Self.restarting : Self.versioned
    let findings = try await Self.verdict(capabilities, lie)
    let broken = findings.filter(\.isBroken).map(\.claim)
    #expect(broken.contains { $0.hasPrefix(lie.claim) }, "\(lie): \(broken)")
  }
}

/// A host on paper: a setting, versions that were brought up, and the one that is live.
final class PaperBench: ConformanceBench {
  struct State {
    var kid: KeyID?
    var pem: String?
    var live: KeyID?
    var versions: [(name: String, kid: KeyID?)] = []
    var orders: [TargetOrder: String] = [:]
    var nextIsBroken = false
    var nextIsSplit = false
    var late: (@Sendable (inout State) -> Void)?
  }

  let pairs: ConformancePairs
  let capabilities: TargetCapabilities
  let lie: PaperTarget.Lie?
  let state = Mutex(State())

  init(capabilities: TargetCapabilities, lie: PaperTarget.Lie?) throws {
    func held(_ name: String) -> HeldPair {
      HeldPair(SigningPair(kid: KeyID("kid-\(name)"), privateKey: SecretBytes(utf8: "private \(name)")))
    }
    pairs = ConformancePairs(outgoing: held("outgoing"), incoming: held("incoming"), foreign: held("foreign"))
    self.capabilities = capabilities
    self.lie = lie
  }

  func target(_ gate: any CallGate) async throws -> any DeploymentTarget { PaperTarget(bench: self, gate: gate) }

  func reset() async throws {
    state.withLock { state in
      state = State()
      state.kid = pairs.outgoing.kid
      state.pem = "private outgoing"
      state.live = pairs.outgoing.kid
      state.versions = [("v0", pairs.outgoing.kid)]
    }
  }

  func running() async throws -> KeyID? { state.withLock(\.live) }
  func versions() async throws -> Int? { state.withLock { $0.versions.count - 1 } }

  func act(_ act: ConformanceAct) async throws -> Bool {
    state.withLock { state in
      switch act {
      case .setForeign: (state.kid, state.pem) = (pairs.foreign.kid, "private foreign")
      case .halve: state.pem = nil
      case .breakNextVersion: state.nextIsBroken = true
      case .splitNextWrite: state.nextIsSplit = true
      case .landLate:
        state.late?(&state)
        state.late = nil
      }
    }
    return true
  }

  var intrude: (@Sendable () throws -> Void)? {
    { self.state.withLock { ($0.kid, $0.pem) = (self.pairs.foreign.kid, "private foreign") } }
  }
}

struct PaperTarget: DeploymentTarget {
  enum Lie: CaseIterable {
    case atomicPair, takesHalf, compareAndSwap, looksAndWrites, readBack, staged, restartsByItself, hidesItsRestart
    case rollbackByPointer, rebuilds, settlesAtOnce, deploys, deploysTwice, deploysLate, readsHalfAsWhole

    /// How the claim begins that it must fail.
    var claim: String {
      switch self {
      case .atomicPair, .takesHalf: "atomicPair"
      case .compareAndSwap, .looksAndWrites: "compareAndSwap"
      case .readBack: "readBack"
      case .staged: "staged"
      case .restartsByItself, .hidesItsRestart: "restartsByItself"
      case .rollbackByPointer, .rebuilds: "rollbackByPointer"
      case .settlesAtOnce: "settlesAtOnce"
      case .deploys: "deploys"
      case .deploysTwice: "a deploy that is cut at any call is not done twice"
      case .deploysLate: "a deploy that is cut at any call can be gone back from"
      case .readsHalfAsWhole: "half a pair"
      }
    }
  }

  let bench: PaperBench
  let gate: any CallGate
  /// What a liar about `readBack` answers with.
  private let remembered = Remembered()

  final class Remembered: Sendable { let kid = Mutex<KeyID?>(nil) }

  init(bench: PaperBench, gate: any CallGate) {
    self.bench = bench
    self.gate = gate
  }

  var name: String { "paper:app" }

  var capabilities: TargetCapabilities {
    bench.lie == .hidesItsRestart ? bench.capabilities.subtracting(.restartsByItself) : bench.capabilities
  }

  private var restarts: Bool { bench.capabilities.contains(.restartsByItself) && bench.lie != .restartsByItself }

  func read() async -> TargetReading {
    let (kid, pem) = bench.state.withLock { ($0.kid, $0.pem) }
    if bench.lie == .readBack { return .kidOnly(bench.pairs.outgoing.kid) }
    guard let kid else { return .absent }
    if pem == nil, bench.lie == .readsHalfAsWhole { return .kidOnly(kid) }
    guard let pem else { return .broken(problem: "a kid without a key") }
    guard capabilities.contains(.readBack) else { return .writeOnly }
    return .pair(SigningPair(kid: kid, privateKey: SecretBytes(utf8: pem)))
  }

  func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws {
    let (kid, pem) = (pair.kid, pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) })
    let holdsOther = bench.state.withLock { $0.kid != expected && $0.kid != kid && $0.pem != nil }
    if capabilities.contains(.compareAndSwap), bench.lie != .compareAndSwap, holdsOther {
      throw NeighbourTrouble(neighbour: name, kind: .rejected, detail: "it moved")
    }
    let restarts = restarts
    if bench.lie == .settlesAtOnce {
      bench.state.withLock { $0.late = { ($0.kid, $0.pem) = (kid, pem) } }
      try gate.enter()
      bench.state.withLock { $0.late = nil }
    } else {
      try gate.enter()
    }
    if !capabilities.contains(.atomicPair) || bench.lie == .atomicPair {
      bench.state.withLock { $0.kid = kid }
      try gate.leave()
      try gate.enter()
    }
    let checks = capabilities.contains(.compareAndSwap) && ![.compareAndSwap, .looksAndWrites].contains(bench.lie)
    let taken = bench.state.withLock { state in
      if checks, state.pem != nil, state.kid != expected, state.kid != kid { return false }
      if state.nextIsSplit, capabilities.contains(.atomicPair), bench.lie != .takesHalf {
        state.nextIsSplit = false
        return false
      }
      state.kid = kid
      state.pem = state.nextIsSplit ? nil : pem
      state.nextIsSplit = false
      if restarts { state.live = kid }
      return true
    }
    try gate.leave()
    guard taken else { throw NeighbourTrouble(neighbour: name, kind: .rejected, detail: "it was not taken") }
  }

  func bookmark() async throws -> String? {
    capabilities.contains(.rollbackByPointer)
      ? bench.state.withLock { state in state.versions.last { $0.kid == state.live }?.name } : nil
  }

  func deploy(_ order: TargetOrder) async throws {
    guard capabilities.contains(.deploys), bench.lie != .deploys else { return }
    if bench.lie == .deploysLate, order.direction == .forward {
      bench.state.withLock { $0.late = { $0.live = order.kid } }
    }
    try gate.enter()
    let works = bench.state.withLock { state in
      if order.direction == .back, let name = order.bookmark, bench.lie != .rollbackByPointer,
        let version = state.versions.first(where: { $0.name == name })
      {
        if bench.lie == .rebuilds { state.versions.append(("v\(state.versions.count)", version.kid)) }
        state.live = version.kid
        return true
      }
      if state.orders[order] == nil || bench.lie == .deploysTwice {
        state.versions.append(("v\(state.versions.count)", state.kid))
        state.orders[order] = state.versions.last?.name
      }
      guard !state.nextIsBroken else {
        if bench.lie == .staged { state.live = state.kid }
        return false
      }
      state.live = state.kid
      return true
    }
    try gate.leave()
    guard works else { throw NeighbourTrouble(neighbour: name, kind: .rejected, detail: "it does not start") }
  }
}
