import Foundation
import RotationCore
import RotationTestSupport
import Synchronization
import Testing

/// A swap that its maintenance window may close on.
@Suite struct WindowTests {
  /// Open from 20:00 to 20:20 UTC every day; the swap with its reload may take `budget` and a minute.
  private func stage(budget: Duration) -> Stage {
    let stage = Stage { runbook in
      runbook.verification.budget = budget
      runbook.window = MaintenanceWindow(
        days: MaintenanceWindow.Day.allCases, from: 20 * 60, until: 20 * 60 + 20, timeZone: "UTC")
    }
    stage.clock.set(Date(timeIntervalSince1970: 1_795_374_000))  // 2026-11-22 at 19:00 UTC
    return stage
  }

  private static let short =
    "the maintenance window is open until 2026-11-22T20:20:00Z, and the swap with its reload may take 21m"

  @Test func `plan, rotate and the record tell that the swap may take longer than the window is open`() async throws {
    let stage = stage(budget: .seconds(1_200))
    #expect(try await stage.engine().plan().warnings.contains("if it began now: \(Self.short)"))
    let notes = Mutex<[String]>([])
    let engine = stage.engine { event in
      if case .note(let words) = event { notes.withLock { $0.append(words) } }
    }
    var options = Engine.RotateOptions()
    options.wait = true
    options.goal = .phase(.swapped)
    #expect(try await engine.rotate(options).rotation?.phase == .swapped)
    #expect(notes.withLock(\.self) == [Self.short])
    #expect(try StepRules(remembering: stage.rotation) == StepRules(stage.runbook))
    let leaves = try stage.ledger.entries(of: stage.rotation.id).map { try JSONValue(parsing: $0.bytes) }
    let intent = try #require(leaves.last { $0["event"] == "intent" })
    #expect(intent["verdicts"]?.array?.contains { $0["reason"] == .string(Self.short) } == true)
  }

  @Test func `of a window with room for the swap only its opening is told, while it is closed`() async throws {
    let stage = stage(budget: .seconds(600))
    let told = try await stage.engine().plan().warnings.filter { $0.contains("window") }
    #expect(told == ["the swap waits for the maintenance window, which opens at 2026-11-22T20:00:00Z"])
    #expect(try await stage.rotate(.phase(.swapped)).rotation?.phase == .swapped)
    let leaves = try stage.ledger.entries(of: stage.rotation.id).map { String(decoding: $0.bytes, as: UTF8.self) }
    #expect(leaves.allSatisfy { !$0.contains("may take") })
  }
}
