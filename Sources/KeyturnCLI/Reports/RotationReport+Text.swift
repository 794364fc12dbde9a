internal import Foundation
internal import RotationCore
internal import RotationStore

extension RotationReport {
  func text(_ console: Console) -> String {
    let rotation = standing.rotation
    var lines = [safety(console), ""]
    func line(_ label: String, _ words: String, _ ink: Console.Ink? = nil) {
      let words = ink.map { console.ink($0, words.onOneLine) } ?? words.onOneLine
      lines.append(label + String(repeating: " ", count: max(1, 12 - label.count)) + words)
    }
    line(
      "rotation",
      "\(rotation.id) (\(rotation.runbookName)), opened \(console.moment(rotation.openedAt)) by \(rotation.openedBy)")
    lines.append("phase       \(console.ink(.bold, rotation.phase.rawValue)), since \(console.moment(rotation.since))")
    line("outgoing", "kid \(rotation.outgoing.kid)")
    if let incoming = rotation.incoming { line("incoming", "kid \(incoming.kid)") }
    if let overlap = overlap(console) { line("overlap", overlap) }
    if let rollback = rotation.rollback {
      line("rollback", "opened \(console.moment(rollback.openedAt)) by \(rollback.by): \(rollback.reason)")
    }
    if let failure, outcome != .refused { line("trouble", failure.summary.withoutRepeats, .red) }
    if let key = destroyed(console) { line("quarantine", key.words, key.isOverdue ? .yellow : nil) }
    line("acts next", actor(console))
    if waiting.on != .nothing, !isConflict { line("waits for", waitedFor(console)) }
    if let step = standing.next { line("next step", step.rawValue) }
    lines += verdictLines(console)
    line("way back", wayBack(console))
    line("", "evidence: " + standing.wayBack.evidence)
    for (place, way) in waysOn.enumerated() { line(place == 0 ? "go on" : "or", way, .bold) }
    return lines.joined(separator: "\n")
  }

  /// Somebody has to choose between what another set and ours.
  private var isConflict: Bool { outcome != .refused && failure?.code == .conflict && waiting.on == .person }

  private var waysOn: [String] {
    if isConflict, let ways = failure?.remedy, !ways.isEmpty { return ways }
    return [nextCommand].compactMap(\.self)
  }

  private func safety(_ console: Console) -> String {
    let safe = standing.safeToLeave
    let until = safe.until.map { ", until \(console.moment($0))" } ?? ""
    return console.ink(safe.holds ? .green : .red, "safe to walk away: \(safe.holds ? "yes" : "no")")
      + "\(until): \(safe.reason.onOneLine)"
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
  private func destroyed(_ console: Console) -> (words: String, isOverdue: Bool)? {
    let rotation = standing.rotation
    guard rotation.phase == .retired, rotation.rollback == nil, let end = rotation.quarantineEnds else { return nil }
    let isOverdue = standing.verdicts.contains { $0.guardName == "quarantineEnded" && $0.holds }
    let words =
      isOverdue
      ? "over since \(console.moment(end)): the outgoing key is to be destroyed now"
      : "the outgoing private key is destroyed at \(console.moment(end)); until then it can be put back"
    return (words, isOverdue)
  }

  private func actor(_ console: Console) -> String {
    guard standing.next != nil else { return "nobody: the rotation is over" }
    if let holder {
      return "nobody else: \(holder.operatorName) is at work since \(console.moment(holder.since)) (\(holder.command),"
        + " process \(holder.pid) on \(holder.host))"
    }
    return switch waiting.on {
    case .person where isConflict: waysOn.count == 1 ? "you: as below" : "you: choose one of the two ways below"
    case .person where waiting.guardName?.hasPrefix("approved(") == true:
      "a second person, who runs the command below"
    case .person where failure != nil && outcome == .failed:
      "you: see what failed, then run the command below or go back"
    case .person: "you: do what is waited for, then run the command below"
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
      return "  \(mark)  \(name)  \(verdict.reason.onOneLine)\(read)"
    }
  }

  private func wayBack(_ console: Console) -> String {
    let way = standing.wayBack
    guard way.possible else { return "no" }
    let end = standing.rotation.phase == .retired ? "the quarantine ends" : "the outgoing key expires"
    let until = way.until.map { ", until \(console.moment($0)), when \(end)" } ?? ""
    return "yes\(until): \(way.steps.map(\.rawValue).joined(separator: ", "))"
  }
}

extension String {
  /// A stranger's text as one line that steers no terminal.
  var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ").printable }

  /// Of reasons joined by `; `, each once, also where the first has words before it.
  var withoutRepeats: String {
    components(separatedBy: "; ").reduce(into: [String]()) { said, part in
      if !said.contains(where: { $0.hasSuffix(part) }) { said.append(part) }
    }.joined(separator: "; ")
  }
}
