internal import ControlServer
internal import Foundation
internal import RotationCore
internal import RotationStore

/// The page at `/`: of every client what `status` says, with the timeline; what `history` says; and how long keys live.
struct DashboardReport {
  let rotations: [(report: RotationReport, timeline: Timeline)]
  let history: [RotationSummary]
  let keySets: [SeenKeySet]
  let readiness: Readiness
  let now: Date

  var page: Page {
    let lead = HTML("As of \(now.iso8601). The live integration is \(readinessWord).")
    var body = [HTML.element("h1", [:], HTML("Keyturn")), .element("p", ["class": "lead"], lead)]
    for (report, timeline) in rotations { body += Self.section(report, timeline) }
    body.append(.heading("key expiry"))
    body += keySets.flatMap(Self.section)
    if keySets.isEmpty { body.append(.element("p", [:], HTML("No rotation has seen a key set in the portal yet."))) }
    body += [.heading("rotations"), .table(HistoryReport(rotations: history).table)]
    return Page(
      html: HTML.page(title: "Keyturn", style: EvidenceStyle.sheet, body), style: "\n\(EvidenceStyle.sheet)\n")
  }

  private var readinessWord: String {
    switch readiness {
    case .ready: "ready"
    case .mock: "in mock mode"
    case .notReady(let findings): "not ready: " + findings.map(\.field.rawValue).joined(separator: ", ")
    case .unauthorized: "unknown"
    }
  }

  private static func section(_ report: RotationReport, _ timeline: Timeline) -> [HTML] {
    let plain = Console(streams: Streams(out: { _ in }, err: { _ in }))
    let rotation = report.standing.rotation
    var parts = [
      HTML.heading("\(rotation.clientID), \(rotation.phase.rawValue)"),
      .element("pre", [:], HTML(report.text(plain))),
    ]
    if let picture = TimelinePicture(timeline).svg { parts.append(.element("figure", [:], picture)) }
    return parts + [.table(timeline.table)]
  }

  private static func section(_ set: SeenKeySet) -> [HTML] {
    let words = "\(set.clientID) at \(set.issuer), as the portal listed them at \(set.seenAt.iso8601)"
    return [.element("h3", [:], HTML(words)), .table(ExpiryReport.table(set.keys))]
      + set.keys.compactMap(\.finding).map { .element("p", [:], HTML($0)) }
  }
}
