internal import Foundation
internal import RotationCore

/// What the log says of one rotation, an entry a line, for people and for `show --json`.
struct Timeline: Sendable {
  struct Line: Sendable {
    /// The entry's place in the log.
    var index: Int
    /// As the log has it: ISO 8601 in UTC.
    var at: String
    var phase: String
    var step: String?
    var event: String
    var kid: String?
    var by: String
    /// In words, without what the other members say.
    var what: String
  }

  private(set) var lines: [Line]

  init(_ leaves: [(index: Int, value: JSONValue)]) { lines = leaves.map { Line($0.index, $0.value) } }

  /// `time  phase  step  kid  what`, aligned.
  func table(_ console: Console) -> [String] { table.lines(console) }

  var table: TextTable {
    TextTable(
      header: ["time", "phase", "step", "kid", "what"],
      rows: lines.map { [$0.at, $0.phase, $0.step ?? "", $0.kid ?? "", $0.what] })
  }

  /// The same with every kid and every word put through `shorten`, so that columns fit what is shown.
  func shortened(_ shorten: (String) -> String) -> Timeline {
    var timeline = self
    for index in timeline.lines.indices {
      timeline.lines[index].kid = timeline.lines[index].kid.map(shorten)
      timeline.lines[index].what = shorten(timeline.lines[index].what)
    }
    return timeline
  }

  var json: JSONValue {
    .array(
      lines.map { line in
        [
          "entry": .integer(Int64(line.index)), "at": .string(line.at), "phase": .string(line.phase),
          "step": line.step.map(JSONValue.string) ?? .null, "event": .string(line.event),
          "kid": line.kid.map(JSONValue.string) ?? .null, "operator": .string(line.by), "what": .string(line.what),
        ]
      })
  }
}

extension [StoredEntry] {
  /// Each entry's document with its place in the log. Bytes that are no JSON are for `audit verify` to name.
  var leaves: [(index: Int, value: JSONValue)] {
    compactMap { entry in (try? JSONValue(parsing: entry.bytes)).map { (entry.index, $0) } }
  }
}

extension Timeline.Line {
  init(_ index: Int, _ entry: JSONValue) {
    let event = entry["event"]?.string ?? ""
    self.init(
      index: index, at: entry["at"]?.string ?? "", phase: entry["phase"]?.string ?? "", step: entry["step"]?.string,
      event: event, kid: entry["kid"]?.string, by: entry["operator"]?.string ?? "",
      what: LogWords.describe(event, entry))
    if event == "opened" { step = Step.openRotation.rawValue }
  }
}

/// The log's entries in words. An event that this version does not know is named as it is.
enum LogWords {
  static func describe(_ event: String, _ entry: JSONValue) -> String {
    switch event {
    case "opened":
      return join("plan recorded, outgoing pair sealed", list("the portal lists", entry["portal"]))
    case "key_sealed": return join("private half sealed", word("origin", entry), word("thumbprint", entry))
    case "key_destroyed": return "no sealed copy of the private half is left"
    case "intent":
      return join("about to \(entry["change"]?.string ?? "act")", entry["repair"] == true ? "a repair" : nil)
    case "intent_withdrawn": return join("begun and not done", entry["reason"]?.string)
    case "unanswered": return join("\(text("neighbour", entry)) gave no answer", entry["detail"]?.string)
    case "outcome": return outcome(entry)
    case "attested": return "\(text("operator", entry)) gives his word: \(text("fact", entry))"
    case "approved":
      let alone = entry["solo"] == true ? ", the opener, alone" : ""
      return join("approved by \(text("operator", entry))\(alone)", entry["reason"]?.string)
    case "waiting": return waiting(entry)
    case "notified": return "\(text("receiver", entry)) was told \(text("type", entry))"
    case "not_notified":
      return join("\(text("receiver", entry)) was not told", kids(entry["types"]), entry["reason"]?.string)
    case "refused":
      return join("refused", failure(entry), entry["rules"]?.array?.compactMap(\.string).joined(separator: "; "))
    case "failed", "midway": return join(event == "failed" ? "failed" : "stopped midway", failure(entry))
    case "resetting": return join("setting again", kids(entry["targets"]))
    case "reset": return join("set again", kids(entry["targets"]))
    case "not_reset": return join("not set again, or not known to be", kids(entry["targets"]))
    default: return join(event.replacing("_", with: " "), entry["reason"]?.string)
    }
  }

  private static func outcome(_ entry: JSONValue) -> String {
    var parts: [String] = []
    if let before = kids(entry["portal_before"]), let after = kids(entry["portal_after"]) {
      parts.append(before == after ? "the portal lists \(after)" : "the portal: \(before) -> \(after)")
    }
    if let count = entry["tokens"]?.integer { parts.append("\(count) tokens in a row") }
    if let count = entry["probes"]?.integer { parts.append("\(count) probes in a row") }
    parts += places(entry["targets"]) + places(entry["started"])
    if let from = entry["from"]?.string { parts.append("from \(from)") }
    if let reason = entry["reason"]?.string { parts.append(reason) }
    if entry["by_hand"] == true { parts.append("by hand, proven by tokens") }
    if entry["found_open"] == true { parts.append("finished for a run that had ended") }
    if entry["repair"] == true { parts.append("a repair: somebody else had undone it") }
    if let again = kids(entry["repeated"]) { parts.append("repeated at \(again)") }
    if let word = entry["attested_by"]?.string { parts.append("attested by \(word)") }
    if let warning = entry["warning"]?.string { parts.append("warning: \(warning)") }
    return parts.isEmpty ? "done" : parts.joined(separator: "; ")
  }

  private static func places(_ value: JSONValue?) -> [String] {
    (value?.object ?? [:]).sorted { $0.key < $1.key }.map { "\(short($0.key)) \($0.value.string ?? "")" }
  }

  /// A file's last name is enough beside its kind.
  private static func short(_ target: String) -> String {
    guard let colon = target.firstIndex(of: ":"), let slash = target.lastIndex(of: "/"), slash > colon else {
      return target
    }
    return String(target[...colon] + target[target.index(after: slash)...])
  }

  private static func waiting(_ entry: JSONValue) -> String {
    join(entry["until"]?.string.map { "waits until \($0)" } ?? "waits", entry["reason"]?.string ?? failure(entry))
  }

  private static func failure(_ entry: JSONValue) -> String? {
    guard let failure = entry["failure"] else { return entry["reason"]?.string }
    let ids = [failure["mp_code"]?.string, failure["trace_id"]?.string.map { "trace id \($0)" }].compactMap(\.self)
    let summary = failure["summary"]?.string ?? ""
    return ids.isEmpty || ids.allSatisfy(summary.contains) ? summary : "\(summary) (\(ids.joined(separator: ", ")))"
  }

  private static func kids(_ value: JSONValue?) -> String? {
    value?.array.map { $0.compactMap(\.string).joined(separator: ", ") }
  }

  private static func list(_ words: String, _ value: JSONValue?) -> String? {
    kids(value).flatMap { $0.isEmpty ? nil : "\(words) \($0)" }
  }

  private static func text(_ member: String, _ entry: JSONValue) -> String { entry[member]?.string ?? "-" }

  private static func word(_ member: String, _ entry: JSONValue) -> String? {
    entry[member]?.string.map { "\(member) \($0)" }
  }

  private static func join(_ first: String, _ rest: String?...) -> String {
    ([first] + rest.compactMap(\.self).filter { !$0.isEmpty }).joined(separator: "; ")
  }
}
