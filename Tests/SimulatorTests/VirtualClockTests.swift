import Foundation
import RotationCore
import Synchronization
import Testing

@testable import Simulator

struct VirtualClockTests {
  private let start = Date(timeIntervalSince1970: 1_795_000_000)

  @Test func `a sleeper is there at once, and the past is no place to go`() async throws {
    let clock = VirtualClock(start)
    try await clock.sleep(until: start + .seconds(3_600))
    #expect(clock.now() == start + .seconds(3_600))
    try await clock.sleep(until: start)
    #expect(clock.now() == start + .seconds(3_600))
  }

  @Test func `a jump halts on its way and ends where it was sent`() async throws {
    let clock = VirtualClock(start, halts: 4)
    let seen = Mutex<[Double]>([])
    clock.onHalt { [start] time in seen.withLock { $0.append(time.timeIntervalSince(start)) } }
    try await clock.advance(by: .seconds(100))
    #expect(seen.withLock(\.self) == [25, 50, 75, 100])
  }

  @Test func `the clock stands still while a request is in flight`() async throws {
    let clock = VirtualClock(start)
    await clock.requestBegan()
    await clock.requestBegan()
    let sleeper = Task { try await clock.advance(by: .seconds(60)) }
    for _ in 0..<100 { await Task.yield() }
    clock.requestEnded()
    for _ in 0..<100 { await Task.yield() }
    #expect(clock.now() == start)
    clock.requestEnded()
    try await sleeper.value
    #expect(clock.now() == start + .seconds(60))
  }

  @Test func `a sleeper that is cancelled lets go, and time has not moved`() async throws {
    let clock = VirtualClock(start)
    await clock.requestBegan()
    let sleeper = Task { try await clock.advance(by: .seconds(60)) }
    for _ in 0..<100 { await Task.yield() }
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
    clock.requestEnded()
    #expect(clock.now() == start)
  }

  @Test func `many sleepers and requests never meet`() async throws {
    let clock = VirtualClock(start, halts: 3)
    let meeting = Meeting(clock)
    clock.onHalt { _ in meeting.timeMoves() }
    await withTaskGroup(of: Void.self) { group in
      for index in 1...40 {
        let hour = start + .seconds(index)
        group.addTask { try? await clock.sleep(until: hour) }
        group.addTask { await meeting.request() }
      }
    }
    #expect(meeting.violations == 0)
    #expect(clock.now() == start + .seconds(40))
  }
}

/// Watches whether time moves while a request is in flight.
private final class Meeting: Sendable {
  private let clock: VirtualClock
  private let state = Mutex((inside: 0, violations: 0))

  init(_ clock: VirtualClock) { self.clock = clock }

  var violations: Int { state.withLock(\.violations) }

  func timeMoves() { state.withLock { if $0.inside > 0 { $0.violations += 1 } } }

  func request() async {
    await clock.requestBegan()
    state.withLock { $0.inside += 1 }
    let before = clock.now()
    for _ in 0..<5 { await Task.yield() }
    let moved = clock.now() != before
    state.withLock {
      $0.inside -= 1
      if moved { $0.violations += 1 }
    }
    clock.requestEnded()
  }
}
