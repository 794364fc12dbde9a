internal import Foundation
internal import RotationCore

extension EvidencePack {
  func text(_ console: Console) -> String {
    document(heading: { console.ink(.bold, $0) }, rows: { $0.lines(console).map { "  " + $0 } })
  }

  /// The same under Markdown headings, for a ticket.
  var markdown: String {
    "# Rotation \(rotation.id)\n\n"
      + document(heading: { "## \($0)\n" }, rows: { $0.markdown + [""] }, fact: { "- \($0): \($1)" })
  }

  private func document(
    heading: (String) -> String, rows: (TextTable) -> [String],
    fact: (String, String) -> String = { "  " + $0.padding(toLength: 12, withPad: " ", startingAt: 0) + $1 }
  ) -> String {
    var lines = [heading("rotation \(rotation.id)")] + facts.map(fact)
    func section(_ name: String, _ table: TextTable) {
      guard !table.rows.isEmpty else { return }
      lines += ["", heading(name)] + rows(table)
    }
    section("timeline", timelineTable)
    section("portal", portalTable)
    section("proofs", proofTable)
    section("verdicts under which each step acted", verdictTable)
    section("waits", table(of: waits))
    section("troubles", table(of: troubles))
    section("approvals", approvalTable)
    section("words given", wordTable)
    return lines.joined(separator: "\n")
  }

  private var facts: [(String, String)] {
    var facts = [
      ("runbook", "\(rotation.runbookName) (\(rotation.runbookDigest))"),
      ("client", "\(rotation.clientID) at \(rotation.issuer)"),
      ("opened", "\(rotation.openedAt.iso8601) by \(rotation.openedBy)"),
      ("phase", "\(rotation.phase.rawValue) since \(rotation.since.iso8601)"),
    ]
    for (role, key) in keys {
      let half = isSealed(key) ? "private half sealed in the store" : "no private half in the store"
      facts.append((role, "kid \(key.kid), thumbprint \(key.thumbprint); \(half)"))
    }
    if rotation.emergency { facts.append(("emergency", "the outgoing key was tainted")) }
    if let rollback = rotation.rollback {
      let from = "from \(rollback.from.rawValue)"
      facts.append(("rollback", "\(from) at \(rollback.openedAt.iso8601) by \(rollback.by): \(rollback.reason)"))
    }
    if let failure = rotation.failure { facts.append(("failure", failure.summary)) }
    if let first = timeline.lines.first?.index, let last = timeline.lines.last?.index {
      let open = unsigned == 0 ? "all signed" : "\(unsigned) not signed yet"
      facts.append(("audit log", "entries \(first) to \(last), \(open)"))
    }
    return facts
  }

  private var timelineTable: TextTable {
    TextTable(
      header: ["entry", "time", "phase", "step", "kid", "what"],
      rows: timeline.lines.map { [String($0.index), $0.at, $0.phase, $0.step ?? "", $0.kid ?? "", $0.what] })
  }

  private var portalTable: TextTable {
    let changes = portalChanges.map { change in
      [change.at, change.step, change.before.joined(separator: ", "), change.after.joined(separator: ", ")]
    }
    guard changes.isEmpty, let portalNow, let at = rotation.lastSeen.portalAt else {
      return TextTable(header: ["time", "step", "before", "after"], rows: changes)
    }
    return TextTable(
      header: ["time", "step", "before", "after"],
      rows: [[at.iso8601, "", portalAtOpening.joined(separator: ", "), portalNow.joined(separator: ", ")]])
  }

  private var proofTable: TextTable {
    TextTable(
      header: ["time", "kid", "Maskinporten", "what", "code", "trace id"],
      rows: proofs.map { proof in
        [
          proof.at, proof.kid.rawValue, proof.granted ? "gave" : "refused", proof.words, proof.mpCode ?? "",
          proof.traceID ?? "",
        ]
      })
  }

  private var verdictTable: TextTable {
    TextTable(
      header: ["time", "step", "guard", "because"],
      rows: judged.flatMap { judged in
        judged.verdicts.map { [judged.at, judged.step, $0.name, $0.reason] }
      })
  }

  private func table(of lines: [Timeline.Line]) -> TextTable {
    TextTable(header: ["time", "phase", "what"], rows: lines.map { [$0.at, $0.phase, $0.what] })
  }

  private var approvalTable: TextTable {
    TextTable(
      header: ["time", "step", "by", "reason"],
      rows: rotation.approvals.map { [$0.at.iso8601, $0.step.rawValue, $0.by, $0.reason] })
  }

  private var wordTable: TextTable {
    TextTable(
      header: ["time", "fact", "by"],
      rows: rotation.attestations.sorted { $0.value.at < $1.value.at }.map { fact, word in
        [word.at.iso8601, fact.rawValue, word.by]
      })
  }
}
