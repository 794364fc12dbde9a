internal import Foundation
internal import RotationCore

/// Where every client's rotation stands, what came before, and until when its keys live.
struct DashboardPage {
  let overview: Overview
  let readiness: Readiness
  let now: Date

  var page: Page {
    Page(
      title: "Keyturn",
      content: """
        <h1>Keyturn</h1>
        <p>As of \(now.iso8601). Live integration: \(readinessWord).</p>
        \(overview.current.map(standing))
        <h2>Key expiry</h2>
        \(keySets)
        <h2>Rotations</h2>
        \(history)
        <p>Audit log: \(String(overview.entries)) entries, \(String(overview.signedEntries)) under the checkpoint.</p>
        """)
  }

  private var keySets: HTML {
    overview.keySets.isEmpty ? "<p>The portal's keys were not seen yet.</p>" : "\(overview.keySets.map(expiry))"
  }

  private var readinessWord: String {
    switch readiness {
    case .ready: "ready"
    case .mock: "mock"
    case .notReady(let findings): "not ready (\(findings.map(\.field.rawValue).joined(separator: ", ")))"
    case .unauthorized: "unknown"
    }
  }

  private func standing(_ shown: ShownRotation) -> HTML {
    let rotation = shown.rotation
    let safe = shown.safeToLeave
    return """
      <section>
      <h2>\(rotation.runbookName): \(rotation.phase.rawValue)</h2>
      <p class="\(safe.holds ? "yes" : "no")">Safe to walk away: \(safe.holds ? "yes" : "no"): \(safe.reason)</p>
      \(Page.table(["", ""], facts(shown)))
      \(verdicts(shown))
      <h3>Timeline</h3>
      \(Page.table(["time", "phase", "step", "kid", "what", "by"], shown.timeline.map(line)))
      </section>
      """
  }

  private func facts(_ shown: ShownRotation) -> [[HTML]] {
    let rotation = shown.rotation
    let waiting = shown.waiting
    var rows: [[HTML]] = [
      ["rotation", "<code>\(rotation.id.rawValue)</code>, opened \(rotation.openedAt.iso8601) by \(rotation.openedBy)"],
      ["client", "<code>\(rotation.clientID.rawValue)</code> at \(rotation.issuer)"],
      ["phase", "\(rotation.phase.rawValue), since \(rotation.since.iso8601)"],
      ["outgoing", "<code>\(rotation.outgoing.kid.rawValue)</code>"],
      ["incoming", "<code>\(rotation.incoming?.kid.rawValue)</code>"],
    ]
    if waiting.on != .nothing {
      let until = waiting.until.map { " until \($0.iso8601)" } ?? ""
      rows.append(["waits for", "\(waiting.on.rawValue)\(until): \(waiting.reason)"])
    }
    if let failure = rotation.failure { rows.append(["trouble", "<span class=\"no\">\(failure.summary)</span>"]) }
    if let step = shown.next { rows.append(["next step", "\(step.rawValue)"]) }
    if let command = shown.nextCommand { rows.append(["go on", "<code>\(command)</code>"]) }
    let way = shown.wayBack
    let steps = way.possible ? way.steps.map(\.rawValue).joined(separator: ", ") : "none"
    return rows + [["way back", "\(steps). \(way.evidence)"]]
  }

  private func verdicts(_ shown: ShownRotation) -> HTML {
    if shown.verdicts.isEmpty { return "" }
    let rows = shown.verdicts.map { verdict -> [HTML] in
      let mark: HTML = verdict.holds ? "<span class=\"yes\">holds</span>" : "<span class=\"no\">not yet</span>"
      return ["\(verdict.guardName)", mark, "\(verdict.reason)"]
    }
    return "<h3>Guards of the next step</h3>\n\(Page.table(["guard", "", "why"], rows))"
  }

  private func line(_ event: ShownEvent) -> [HTML] {
    [
      "\(event.at)", "\(event.phase)", "\(event.step ?? "")", "<code>\(event.kid ?? "")</code>", "\(event.what)",
      "\(event.by)",
    ]
  }

  private func expiry(_ set: SeenKeySet) -> HTML {
    let rows = set.keys.map { key -> [HTML] in
      [
        "<code>\(key.kid.rawValue)</code>", "\(key.expires?.iso8601)", "\(key.daysLeft.map(String.init))",
        "\(key.latestSafeStart?.iso8601)", "\(key.finding ?? "")",
      ]
    }
    return """
      <h3>\(set.clientID.rawValue), as the portal listed them at \(set.seenAt.iso8601)</h3>
      \(Page.table(["kid", "expires", "days left", "latest safe start", ""], rows))
      """
  }

  private var history: HTML {
    Page.table(
      ["rotation", "opened", "by", "runbook", "phase", "since", "outgoing", "incoming"],
      overview.rotations.map { rotation in
        [
          "<code>\(rotation.id.rawValue)</code>", "\(rotation.openedAt.iso8601)", "\(rotation.openedBy)",
          "\(rotation.runbookName)", "\(rotation.phase.rawValue)", "\(rotation.since.iso8601)",
          "<code>\(rotation.outgoing.kid.rawValue)</code>", "<code>\(rotation.incoming?.kid.rawValue)</code>",
        ]
      })
  }
}
