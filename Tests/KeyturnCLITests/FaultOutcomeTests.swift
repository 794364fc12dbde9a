import Foundation
import RotationCore
import RotationTestSupport
import Simulator
import Testing

@testable import KeyturnCLI

/// What a whole rotation makes of each fault, while it is opened, at its first such call, or on the way from a phase: the
/// run that meets it rides it out or ends by name, and runs after it end as if nothing had been.
@Suite(.serialized) struct FaultOutcomeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    /// What the run that meets the fault comes to.
    enum Outcome: Sendable {
      case ridesOut
      case stops(FailureCode)
    }

    var name: String
    var route: SimulatorRoute
    var fault: Fault
    var outcome: Outcome
    /// The fault is there from this phase on, and a token that it strikes is the client's; nil: from the beginning.
    var after: Phase?

    init(_ name: String, _ route: SimulatorRoute, _ fault: Fault, after: Phase? = nil, _ outcome: Outcome) {
      self.name = "\(route.rawValue): \(name)" + (after.map { ", after \($0.rawValue)" } ?? "")
      self.route = route
      self.fault = fault
      self.outcome = outcome
      self.after = after
    }

    var testDescription: String { name }
  }

  static let rows: [Row] = [
    Row("dropped before the effect", .keysWrite, .drop(afterEffect: false), .ridesOut),
    Row("dropped after the effect", .keysWrite, .drop(afterEffect: true), .ridesOut),
    Row("dropped, and lands a minute later", .keysWrite, .late(.seconds(60)), .ridesOut),
    Row("cut off in the answer", .keysWrite, .cut, .ridesOut),
    Row("arrives twice", .keysWrite, .replay, .ridesOut),
    Row("500 before the effect", .keysWrite, .status(500, retryAfter: nil, afterEffect: false), .ridesOut),
    Row("503 after the effect", .keysWrite, .status(503, retryAfter: nil, afterEffect: true), .ridesOut),
    Row(
      "429 with seconds", .keysWrite, .status(429, retryAfter: .seconds(5), afterEffect: false),
      .stops(.neighbourUnreachable)),
    Row(
      "429 with a date", .keysWrite, .status(429, retryAfter: .date(in: .seconds(5)), afterEffect: false),
      .stops(.neighbourUnreachable)),
    Row("a redirect", .keysWrite, .redirect(to: "/elsewhere"), .ridesOut),
    Row("a huge answer", .keysWrite, .huge(bytes: 1 << 20), .ridesOut),
    Row("an answer in HTML", .keysWrite, .contentType("text/html"), .ridesOut),
    Row("a stale list", .keysRead, .stale, .ridesOut),
    Row("truncated JSON", .keysRead, .truncated, .stops(.neighbourUnreachable)),
    Row("an answer in HTML", .keysRead, .contentType("text/html"), .stops(.neighbourUnreachable)),
    Row("a huge answer", .keysRead, .huge(bytes: 1 << 20), .stops(.neighbourUnreachable)),
    Row("a redirect", .keysRead, .redirect(to: "/elsewhere"), .stops(.neighbourUnreachable)),
    Row("dropped", .token, .drop(afterEffect: false), .ridesOut),
    Row("dropped after the effect", .token, .drop(afterEffect: true), .ridesOut),
    Row("arrives twice", .token, .replay, .stops(.neighbourUnreachable)),
    Row("500", .token, .status(500, retryAfter: nil, afterEffect: false), .ridesOut),
    Row("429 with seconds", .token, .status(429, retryAfter: .seconds(5), afterEffect: false), .ridesOut),
    Row("429 with a date", .token, .status(429, retryAfter: .date(in: .seconds(5)), afterEffect: false), .ridesOut),
    Row("truncated JSON", .token, .truncated, .stops(.neighbourUnreachable)),
    Row("500", .metadata, .status(500, retryAfter: nil, afterEffect: false), .stops(.neighbourUnreachable)),
    Row("truncated JSON", .metadata, .truncated, .stops(.neighbourUnreachable)),
    Row("a clock that is off", .metadata, .date(offset: .seconds(-90)), .stops(.refused)),
    Row("dropped", .signer, .drop(afterEffect: false), .stops(.neighbourUnreachable)),
    Row("an answer in HTML", .signer, .contentType("text/html"), .stops(.neighbourUnreachable)),
    Row("500", .readiness, .status(500, retryAfter: nil, afterEffect: false), .ridesOut),
    Row("an answer in HTML", .readiness, .contentType("text/html"), .stops(.refused)),
    Row("500 before the effect", .reload, .status(500, retryAfter: nil, afterEffect: false), .stops(.deployFailed)),
    Row("dropped after the effect", .reload, .drop(afterEffect: true), .stops(.deployFailed)),
    Row("a stale list", .keysRead, .stale, after: .published, .ridesOut),
    Row("truncated JSON", .keysRead, .truncated, after: .proven, .stops(.neighbourUnreachable)),
    Row("an answer in HTML", .keysRead, .contentType("text/html"), after: .verified, .stops(.neighbourUnreachable)),
    Row("dropped", .token, .drop(afterEffect: false), after: .generated, .ridesOut),
    Row("dropped after the effect", .token, .drop(afterEffect: true), after: .generated, .ridesOut),
    Row("arrives twice", .token, .replay, after: .published, .ridesOut),
    Row("500", .token, .status(500, retryAfter: nil, afterEffect: false), after: .published, .ridesOut),
    Row("500", .token, .status(500, retryAfter: nil, afterEffect: false), after: .verified, .ridesOut),
    Row(
      "429 with seconds", .token, .status(429, retryAfter: .seconds(5), afterEffect: false), after: .published,
      .ridesOut),
    Row(
      "429 with a date", .token, .status(429, retryAfter: .date(in: .seconds(5)), afterEffect: false), after: .deployed,
      .ridesOut),
    Row("truncated JSON", .token, .truncated, after: .published, .stops(.maskinportenRequestRejected)),
    Row("a redirect", .token, .redirect(to: "/elsewhere"), after: .published, .stops(.neighbourUnreachable)),
    Row("a redirect", .token, .redirect(to: "/elsewhere"), after: .verified, .stops(.neighbourUnreachable)),
    Row("dropped", .signer, .drop(afterEffect: false), after: .swapped, .ridesOut),
    Row("an answer in HTML", .signer, .contentType("text/html"), after: .deployed, .ridesOut),
    Row("500", .readiness, .status(500, retryAfter: nil, afterEffect: false), after: .deployed, .ridesOut),
    Row("an answer in HTML", .readiness, .contentType("text/html"), after: .deployed, .stops(.verificationFailed)),
  ]

  @Test(arguments: rows)
  func `each fault of a rotation has an outcome by name, and the end is the same`(row: Row) async throws {
    let folder = try TestFolder()
    let stage = try await RehearsalStage(
      in: folder.path, StageDirections(sealing: .cheap), reload: BashReload.post(to:), stop: StopSignal())
    if let after = row.after { #expect(try await stage.rotate(to: .phase(after)).rotation?.phase == after) }
    stage.faults.add(
      FaultRule(row.route, row.fault, client: row.after == nil || row.route != .token ? nil : stage.client))
    var report = try await stage.rotate()
    let first = report
    var runs = 1
    while report.rotation?.phase != .retired, runs < 6 {
      // A write without an answer has settled by then.
      try await stage.clock.advance(by: .seconds(180))
      report = try await stage.rotate()
      runs += 1
    }
    try await stage.sitThroughQuarantine(report)
    let result = try await stage.result(.happy, stage.completed(portalWrites: nil))
    await stage.close()
    let struck = stage.faults.tally.first?.struck ?? 0
    let writes = stage.world.calls.count { $0.route == .keysWrite && $0.status / 100 == 2 }
    let stop = runs == 1 ? nil : "exit \(first.exitCode) \(first.failure?.code.rawValue ?? first.waiting.on.rawValue)"
    print(
      "fault in a rotation: \(row.name) -> \(stop ?? "ridden out"); after \(runs) runs \(result.isProven ? "proven" : "NOT proven"),"
        + " \(writes) writes of the portal")
    switch row.outcome {
    case .ridesOut: #expect(runs == 1, "\(row.name): \(stop ?? "")")
    case .stops(let code): #expect(first.failure?.code == code, "\(row.name)")
    }
    #expect(result.isProven, "\(row.name): \(result.checks.filter { !$0.holds }.map(\.claim))")
    #expect(struck == 1, "\(row.name)")
  }
}
