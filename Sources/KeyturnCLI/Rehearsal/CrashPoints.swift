internal import RotationCore
private import Synchronization

/// The points at which rehearsed processes die: each once, in the order in which they are reached.
final class CrashPoints: Sendable {
  private let reached = Mutex<(known: Set<String>, order: [String])>(([], []))

  var all: [String] { reached.withLock(\.order) }

  /// Whether nobody died here before; from now on somebody did.
  fileprivate func isNew(_ point: String) -> Bool {
    reached.withLock { reached in
      guard reached.known.insert(point).inserted else { return false }
      reached.order.append(point)
      return true
    }
  }
}

/// One rehearsed process' life. After its death nothing that goes through it reaches the world any more.
final class Lifeline: Sendable {
  /// The process was killed.
  struct Killed: Error {}

  let stop = StopSignal()
  private let points: CrashPoints
  private let isOver = Mutex(false)

  init(_ points: CrashPoints) { self.points = points }

  var isDead: Bool { isOver.withLock(\.self) }

  /// Throws for the dead, and kills at a point that is new.
  func pass(_ point: String) throws(Killed) {
    let dies = isOver.withLock { isOver in
      if !isOver { isOver = points.isNew(point) }
      return isOver
    }
    guard dies else { return }
    // Waits end at once; there is nobody left to wait.
    stop.request()
    throw Killed()
  }

  /// Runs one effect between two points.
  func around<T>(_ name: String, _ effect: () async throws -> T) async throws -> T {
    try pass("before \(name)")
    let result = try await effect()
    try pass("after \(name)")
    return result
  }
}
