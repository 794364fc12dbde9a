internal import Foundation
internal import RotationCore

extension EvidencePack {
  /// One page that needs nothing beside it: no script, no font, no address is loaded.
  var html: String {
    var body = [header, .element("p", ["class": "lead"], HTML(lead))]
    if let svg = TimelinePicture(timeline).svg {
      let caption = "Each phase is one column, however long it lasted; times are UTC, durations stand below."
      body.append(.element("figure", [:], svg, .element("figcaption", [:], HTML(caption))))
    }
    body.append(factList)
    for (name, rows) in sections where name != "timeline" { body += [HTML.heading(name), table(rows)] }
    body += record
    for (name, rows) in sections where name == "timeline" { body += [HTML.heading(name), table(rows)] }
    body += verdicts
    return HTML.page(title: "Rotation \(rotation.id)", style: EvidenceStyle.sheet, body)
  }

  private var header: HTML {
    let style =
      switch rotation.phase {
      case .completed, .retired: "badge"
      case .rolledBack, .abandoned: "badge bad"
      default: "badge open"
      }
    return .element(
      "h1", [:], HTML("Rotation \(rotation.id) "), .element("span", ["class": style], HTML(rotation.phase.rawValue)))
  }

  private var factList: HTML {
    .element(
      "dl", ["class": "facts"],
      facts.flatMap { [.element("dt", [:], HTML($0.name)), .element("dd", [:], HTML($0.value))] })
  }

  /// How this page's claims are checked without this page.
  private var record: [HTML] {
    guard let range, let seal else { return [] }
    return [
      HTML.heading("record"),
      .element(
        "p", [:],
        HTML(
          "Everything here is taken from entries \(range.first) to \(range.last) of the audit log. This checkpoint signs "
            + "the first \(seal.size) entries; compare it with one that was kept elsewhere. "),
        .element("code", [:], HTML("keyturn audit export DIR")),
        HTML(" writes those entries with proofs that verify with openssl and sha256sum alone.")),
      .element("pre", [:], HTML(seal.note)),
      .element("p", [:], HTML("The key that signed it: "), .element("code", [:], HTML(seal.key))),
    ]
  }

  private var verdicts: [HTML] {
    let steps = judged.map { judged in
      HTML.element(
        "section", [:],
        [HTML.element("h3", [:], HTML("\(judged.step), \(judged.at)"))]
          + judged.verdicts.map { verdict in
            HTML.element(
              "p", [:], HTML(verdict.holds ? "✓ " : "✗ "), .element("b", [:], HTML(verdict.name)),
              HTML(" " + inRoles(verdict.reason)))
          })
    }
    return [HTML.heading("verdicts under which each step acted"), .element("div", ["class": "verdicts"], steps)]
  }

  /// With the roles of the two keys in the place of their kids, which the facts tell once.
  private func table(_ table: TextTable) -> HTML { HTML.table(table, words: inRoles) }

  private func inRoles(_ words: String) -> String {
    keys.reduce(words) { words, named in words.replacingWhole(named.key.kid, with: "[\(named.role)]") }
  }
}

extension String {
  /// Puts `words` wherever `kid` stands by itself, and not as a part of another kid.
  fileprivate func replacingWhole(_ kid: KeyID, with words: String) -> String {
    var text = ""
    var rest = self[...]
    while let place = rest.firstRange(of: kid.rawValue) {
      let neighbours = [rest[..<place.lowerBound].utf8.last, rest[place.upperBound...].utf8.first]
      let isPart = neighbours.contains { $0.map(KeyID.isAllowed) ?? false }
      text += rest[..<place.lowerBound] + (isPart ? kid.rawValue : words)
      rest = rest[place.upperBound...]
    }
    return text + rest
  }
}
