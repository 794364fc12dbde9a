internal import Foundation
internal import RotationCore

/// The phases of one rotation from left to right, with what the portal listed and what the targets held in each: one
/// column a phase, whatever its length, since seconds and weeks do not share a scale.
struct TimelinePicture {
  struct Column {
    /// The fact that became true here.
    var phase: Phase
    var at: String
    /// How long it stayed; nil for the last.
    var lasted: TimeInterval?
    /// What happened before the next one.
    var waits = 0
    var troubles = 0
  }

  let columns: [Column]

  init(_ timeline: Timeline) {
    var columns: [Column] = []
    var times: [Date?] = []
    for line in timeline.lines {
      let isStep = line.event == "opened" || line.event == "outcome"
      if isStep, let phase = Phase(rawValue: line.phase) {
        times.append(try? Date(line.at, strategy: .iso8601))
        if let before = times.dropLast().last ?? nil, let now = times.last ?? nil {
          columns[columns.count - 1].lasted = now.timeIntervalSince(before)
        }
        columns.append(Column(phase: phase, at: line.at))
      } else if let last = columns.indices.last {
        if line.event == "waiting" { columns[last].waits += 1 }
        if EvidencePack.troubleEvents.contains(line.event) { columns[last].troubles += 1 }
      }
    }
    self.columns = columns
  }

  // MARK: Drawing

  private static let left = 78.0
  private static let width = 760.0
  private static let laneTop = 62.0
  private static let laneHeight = 20.0

  private var step: Double { (Self.width - Self.left) / Double(max(columns.count, 1)) }

  private func x(_ index: Int) -> Double { Self.left + Double(index) * step }

  /// Inline SVG; nothing where there is no phase to draw.
  var svg: HTML? {
    if columns.isEmpty { return nil }
    var parts = [
      HTML.element("title", [:], HTML("phases of the rotation")),
      HTML.element("desc", [:], HTML(columns.map { "\($0.phase.rawValue) at \($0.at)" }.joined(separator: ", "))),
    ]
    for index in columns.indices { parts += heading(index) }
    for (lane, line) in Self.lanes.enumerated() {
      let y = Self.laneTop + Double(lane) * (Self.laneHeight + 6)
      parts.append(text(line.name, x: 0, y: y + 14))
      parts += bars(line.isTrue, line.style, y: y)
    }
    let height = Self.laneTop + Double(Self.lanes.count) * (Self.laneHeight + 6) + 34
    for index in columns.indices { parts += footing(index, y: height - 26) }
    return HTML.element(
      "svg",
      ["viewBox": "0 0 \(Int(Self.width)) \(Int(height))", "role": "img", "xmlns": "http://www.w3.org/2000/svg"], parts)
  }

  /// Name, day and hour of a phase, slanted, over the line at which it became true.
  private func heading(_ index: Int) -> [HTML] {
    let column = columns[index]
    let place = x(index)
    let parts = column.at.split(separator: "T", maxSplits: 1).map(String.init)
    let hour = parts.last.map { String($0.prefix(8)) } ?? ""
    let isNewDay = index == 0 || !columns[index - 1].at.hasPrefix(parts.first ?? "-")
    return [
      HTML.element(
        "line", ["class": "tick", "x1": place.tenths, "x2": place.tenths, "y1": "54", "y2": "172"]),
      HTML.element(
        "text", ["x": place.tenths, "y": "36", "transform": "rotate(-24 \(place.tenths) 36)"],
        HTML(column.phase.rawValue)),
      text(
        (isNewDay ? (parts.first.map { String($0.suffix(5)) + " " } ?? "") : "") + hour, x: place, y: 51, small: true),
    ]
  }

  /// How long it stayed so, and what was in the way meanwhile.
  private func footing(_ index: Int, y: Double) -> [HTML] {
    let column = columns[index]
    var parts: [HTML] = []
    if let lasted = column.lasted { parts.append(text(lasted.inWords, x: x(index) + 3, y: y, small: true)) }
    if column.waits > 0 {
      parts.append(text("waited \(column.waits)x", x: x(index) + 3, y: y + 11, style: "small wait"))
    }
    if column.troubles > 0 {
      parts.append(text("\(column.troubles) in the way", x: x(index) + 3, y: y + 22, style: "small trouble"))
    }
    return parts
  }

  /// One bar over each run of columns in which `isTrue` holds.
  private func bars(_ isTrue: (Phase) -> Bool, _ style: String, y: Double) -> [HTML] {
    var parts: [HTML] = [bar(0..<columns.count, "none", y: y)]
    var start: Int?
    for index in 0...columns.count {
      let holds = index < columns.count && isTrue(columns[index].phase)
      if holds, start == nil { start = index }
      if !holds, let begin = start {
        parts.append(bar(begin..<index, style, y: y))
        start = nil
      }
    }
    return parts
  }

  private func bar(_ range: Range<Int>, _ style: String, y: Double) -> HTML {
    HTML.element(
      "rect",
      [
        "class": style, "x": x(range.lowerBound).tenths, "y": y.tenths, "width": (Double(range.count) * step).tenths,
        "height": Self.laneHeight.tenths,
      ])
  }

  private func text(_ words: String, x: Double, y: Double, small: Bool = false, style: String? = nil) -> HTML {
    HTML.element("text", ["class": style ?? (small ? "small" : "label"), "x": x.tenths, "y": y.tenths], HTML(words))
  }

  private struct Lane: Sendable {
    var name: String
    var style: String
    var isTrue: @Sendable (Phase) -> Bool
  }

  /// What the portal lists and the targets hold by phase (contract, section 2).
  private static let lanes = [
    Lane(name: "portal: old", style: "out") { phase in
      switch phase {
      case .retired, .completed, .republishing: false
      default: true
      }
    },
    Lane(name: "portal: new", style: "in") { phase in
      switch phase {
      case .planned, .generated, .rolledBack, .abandoned: false
      default: true
      }
    },
    Lane(name: "app set: old", style: "out") { !holdsIncoming($0) },
    Lane(name: "app set: new", style: "in") { holdsIncoming($0) },
  ]

  private static func holdsIncoming(_ phase: Phase) -> Bool {
    switch phase {
    case .swapped, .deployed, .verified, .retired, .completed, .republishing, .restoring: true
    case .planned, .generated, .published, .proven, .restored, .rolledBack, .abandoned: false
    }
  }
}

extension Double {
  /// With one digit after the point, in no locale's own way.
  var tenths: String {
    let tenths = Int((self * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(abs(tenths / 10)).\(abs(tenths % 10))"
  }
}
