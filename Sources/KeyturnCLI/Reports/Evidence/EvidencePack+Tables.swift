internal import Foundation
internal import RotationCore

/// What text, Markdown and HTML tell alike: facts in a line each, then tables.
extension EvidencePack {
  /// How it stands, in one sentence.
  var lead: String {
    let incoming = rotation.incoming.map { "kid \($0.kid)" } ?? "no new key"
    let took = took.map { ", \($0) after the opening" } ?? ""
    let sentence =
      switch rotation.phase {
      case .completed:
        "Kid \(rotation.outgoing.kid) was replaced by \(incoming)\(took); the old private half was destroyed on \(day)."
      case .retired:
        "Kid \(rotation.outgoing.kid) was replaced by \(incoming)\(took). The way back is open until the quarantine ends."
      case .rolledBack: "The rotation to \(incoming) was rolled back; kid \(rotation.outgoing.kid) is live."
      case .abandoned: "The rotation was abandoned before anything was published; kid \(rotation.outgoing.kid) is live."
      default:
        "The rotation from kid \(rotation.outgoing.kid) to \(incoming) is under way, in phase \(rotation.phase.rawValue)."
      }
    return sentence + " Waits: \(waits.count); troubles: \(troubles.count); approvals: \(rotation.approvals.count)."
  }

  private var day: String { String(rotation.since.iso8601.prefix(10)) }

  private var took: String? {
    rotation.retiredAt.map { $0.timeIntervalSince(rotation.openedAt).inWords }
  }

  var facts: [(name: String, value: String)] {
    var facts = [
      ("runbook", "\(rotation.runbookName) (\(rotation.runbookDigest))"), ("plan", rotation.planDigest),
      ("client", "\(rotation.clientID) at \(rotation.issuer)"),
      ("opened", "\(rotation.openedAt.iso8601) by \(rotation.openedBy)"),
      ("phase", "\(rotation.phase.rawValue) since \(rotation.since.iso8601)"),
      ("acted", people.joined(separator: ", ")),
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
    if let ahead = clockAhead {
      facts.append(
        ("clock", "\(abs(ahead).tenths) s \(ahead < 0 ? "behind" : "ahead of") Maskinporten's at the opening"))
    }
    facts.append(
      (
        "versions",
        (versions.isEmpty ? "" : "written by keyturn \(versions.joined(separator: ", ")); ") + "shown by \(version)"
      ))
    if let range {
      let signed = unsigned == 0 ? "all signed" : "\(unsigned) not signed yet"
      let head = seal.map { ", checkpoint of \($0.size) entries, root \($0.root)" } ?? ""
      facts.append(("audit log", "entries \(range.first) to \(range.last), \(signed)\(head)"))
    }
    return facts
  }

  /// By name; those without a row are left out.
  var sections: [(name: String, table: TextTable)] {
    [
      ("timeline", timelineTable), ("portal", portalTable), ("proofs", proofTable), ("deployments", deploymentTable),
      ("approvals", approvalTable), ("words given", wordTable), ("waits", table(of: waits)),
      ("troubles", table(of: troubles)),
    ].filter { !$0.1.rows.isEmpty }
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

  private var deploymentTable: TextTable {
    TextTable(
      header: ["time", "step", "target", "how"], rows: deployments.map { [$0.at, $0.step, $0.target, $0.how] })
  }

  var verdictTable: TextTable {
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
      header: ["time", "step", "by", "reason", "plan"],
      rows: rotation.approvals.map { approval in
        [
          approval.at.iso8601, approval.step.rawValue, approval.by + (approval.solo == true ? " (opener, alone)" : ""),
          approval.reason, worth(of: approval),
        ]
      })
  }

  private func worth(of approval: Approval) -> String {
    if let act = act(under: approval) { return "in force when \(act.step) acted (entry \(act.index))" }
    return approval.planDigest == rotation.planDigest ? "as it stands" : "stale: changed since"
  }

  private var wordTable: TextTable {
    TextTable(
      header: ["time", "fact", "by"],
      rows: rotation.attestations.sorted { $0.value.at < $1.value.at }.map { fact, word in
        [word.at.iso8601, fact.rawValue, word.by]
      })
  }
}
