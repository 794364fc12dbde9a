internal import Foundation
internal import RotationCore

extension RotationReport {
  func text(_ console: Console) -> String {
    let rotation = standing.rotation
    var lines = [safety(console), ""]
    func line(_ label: String, _ words: String) {
      lines.append(label + String(repeating: " ", count: max(1, 12 - label.count)) + words)
    }
    line(
      "rotation",
      "\(rotation.id) (\(rotation.runbookName)), opened \(console.moment(rotation.openedAt)) by \(rotation.openedBy)")
    line("phase", console.ink(.bold, rotation.phase.rawValue) + ", since \(console.moment(rotation.since))")
    line("outgoing", "kid \(rotation.outgoing.kid)")
    if let incoming = rotation.incoming { line("incoming", "kid \(incoming.kid)") }
    if let overlap = overlap(console) { line("overlap", overlap) }
    if let rollback = rotation.rollback {
      line("rollback", "opened \(console.moment(rollback.openedAt)) by \(rollback.by): \(rollback.reason)")
    }
    if let failure { line("trouble", console.ink(.red, failure.summary)) }
    if let key = destroyed(console) { line("quarantine", key) }
    line("acts next", actor(console))
    if waiting.on != .nothing { line("waits for", waitedFor(console)) }
    if let step = standing.next { line("next step", step.rawValue) }
    lines += verdictLines(console)
    line("way back", wayBack(console))
    line("", "evidence: " + standing.wayBack.evidence)
    if let nextCommand { line("go on", console.ink(.bold, nextCommand)) }
    return lines.joined(separator: "\n")
  }

  private func safety(_ console: Console) -> String {
    let safe = standing.safeToLeave
    let until = safe.until.map { ", until \(console.moment($0))" } ?? ""
    return console.ink(safe.holds ? .green : .red, "safe to walk away: \(safe.holds ? "yes" : "no")")
      + "\(until): \(safe.reason)"
  }

  private func overlap(_ console: Console) -> String? {
    guard let opened = standing.rotation.publishedAt else { return nil }
    let isOver = standing.rotation.retiredAt != nil || standing.rotation.phase == .rolledBack
    let end =
      standing.overlapCloses.map { (isOver ? "closed " : "stays open at least until ") + console.moment($0) }
      ?? "its end counts from verified"
    return "opened \(console.moment(opened)), \(end)"
  }

  /// When the outgoing private half goes; the hour that a reached `retired` has to name.
  private func destroyed(_ console: Console) -> String? {
    let rotation = standing.rotation
    guard rotation.phase == .retired, rotation.rollback == nil, let end = rotation.quarantineEnds else { return nil }
    let isOverdue = standing.verdicts.contains { $0.guardName == "quarantineEnded" && $0.holds }
    return isOverdue
      ? console.ink(.yellow, "over since \(console.moment(end)): the outgoing key is to be destroyed now")
      : "the outgoing private key is destroyed at \(console.moment(end)); until then it can be put back"
  }

  private func actor(_ console: Console) -> String {
    guard standing.next != nil else { return "nobody: the rotation is over" }
    return switch waiting.on {
    case .person: waiting.reason ?? "a person"
    case .neighbour: "nobody yet: a neighbour did not answer; run the command below again"
    case .time:
      "nobody before \(waiting.until.map(console.moment) ?? "then"); from then on whoever runs the command below"
    case .nothing: "you: run the command below"
    }
  }

  private func waitedFor(_ console: Console) -> String {
    let until = waiting.until.map { "until \(console.moment($0)): " } ?? ""
    let guardName = waiting.guardName.map { " (\($0))" } ?? ""
    return "\(waiting.on.rawValue), \(until)\(waiting.reason ?? "see the verdicts")\(guardName)"
  }

  private func verdictLines(_ console: Console) -> [String] {
    let width = standing.verdicts.map(\.guardName.count).max() ?? 0
    return standing.verdicts.map { verdict in
      let mark =
        verdict.readAt == nil
        ? console.ink(.faint, "unread ")
        : verdict.holds ? console.ink(.green, "holds  ") : console.ink(.yellow, "not yet")
      let name = verdict.guardName + String(repeating: " ", count: width - verdict.guardName.count)
      let read = verdict.readAt.map { " (\(verdict.isFresh ? "now" : "read \(console.moment($0))"))" } ?? ""
      return "  \(mark)  \(name)  \(verdict.reason)\(read)"
    }
  }

  private func wayBack(_ console: Console) -> String {
    let way = standing.wayBack
    guard way.possible else { return "no" }
    let until = way.until.map { ", until \(console.moment($0))" } ?? ""
    return "yes\(until): \(way.steps.map(\.rawValue).joined(separator: ", "))"
  }
}
