import Foundation
import RotationCore
import RotationTestSupport
import Synchronization
import TransparencyLog

@testable import ControlServer

/// A view of one rotation in memory and of a log folder on disk.
final class LedgerView: StateView {
  let log: LogFolder
  private let rotations: [Rotation]
  private let trouble = Mutex<Failure?>(nil)
  /// Held while somebody else has it: an answer that takes its time.
  let gate = Gate()

  init(_ rotations: [Rotation] = [Sample.rotation()], log: String = "/nonexistent/log") {
    self.rotations = rotations
    self.log = LogFolder(path: log)
  }

  /// From now on nothing can be read.
  func fail(_ failure: Failure) { trouble.withLock { $0 = failure } }

  private func look() throws {
    gate.pass()
    if let failure = trouble.withLock(\.self) { throw failure }
  }

  func history() throws -> JSONValue {
    try look()
    return ["schema": "keyturn.history/v1", "rotations": .array(rotations.map { .string($0.id.rawValue) })]
  }

  func rotation(_ id: RotationID) throws -> JSONValue? {
    try look()
    return rotations.first { $0.id == id }.map { ["rotation": .string($0.id.rawValue)] }
  }

  func expiry() throws -> JSONValue? {
    try look()
    return rotations.isEmpty ? nil : ["schema": "keyturn.expiry/v1"]
  }

  func logFile(_ name: String) throws -> Data? {
    try look()
    return try log.resource(name)
  }

  func dashboard(_ readiness: Readiness) throws -> Page {
    try look()
    return Page(html: "<style>a {}</style>", style: "a {}")
  }

  func overview() throws -> Overview {
    try look()
    let current = rotations.prefix(1).map { rotation in
      ShownRotation(
        rotation: rotation,
        waiting: Waiting(on: .time, guardName: "propagationElapsed", reason: "soon", until: Sample.now + .seconds(60)),
        safeToLeave: SafeToLeave.of(rotation, openIntent: nil, now: Sample.now),
        wayBack: WayBack.of(rotation, others: [], sealed: [], now: Sample.now),
        guards: [(name: "propagationElapsed", holds: false)], lastSuccess: nil)
    }
    let keys = [Sample.expiry(kid: "old", at: Sample.now + .seconds(86_400)), Sample.expiry(kid: "other", at: nil)]
    return Overview(
      phases: Dictionary(grouping: rotations, by: \.phase).mapValues(\.count), current: Array(current),
      keySets: rotations.prefix(1).map {
        SeenKeySet(issuer: $0.issuer, clientID: $0.clientID, seenAt: Sample.now, keys: keys)
      }, entries: 7, signedEntries: 5)
  }
}

/// Open until it is shut; whoever comes meanwhile waits.
final class Gate: Sendable {
  private let state = Mutex((shut: false, waiting: 0))
  private let signal = DispatchSemaphore(value: 0)

  var waiting: Int { state.withLock(\.waiting) }
  func shut() { state.withLock { $0.shut = true } }

  func open() {
    let count = state.withLock { state in
      state.shut = false
      return state.waiting
    }
    for _ in 0..<count { signal.signal() }
  }

  func pass() {
    let mustWait = state.withLock { state in
      if state.shut { state.waiting += 1 }
      return state.shut
    }
    if mustWait { signal.wait() }
  }
}
