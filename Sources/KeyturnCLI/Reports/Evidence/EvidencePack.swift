internal import Foundation
internal import RotationCore

/// One rotation's evidence, from the ledger alone: the timeline, the portal before and after, what proved each key, the
/// verdicts under which each step acted, deployments, waits, approvals and words, and where it stands in the signed log.
struct EvidencePack {
  /// The last signed checkpoint, by which an entry named here can be proven.
  struct Seal {
    /// How many entries it signs.
    var size: Int
    var root: String
    /// The signed note, word for word.
    var note: String
    /// The log's vkey line.
    var key: String
  }

  let rotation: Rotation
  let timeline: Timeline
  let seal: Seal?
  /// The program that made this pack.
  let version: String
  /// The log's entries, as they are.
  private let entries: [(index: Int, value: JSONValue)]
  /// Kids whose private half is in the store now.
  private let sealed: [KeyID]

  init(_ rotation: Rotation, entries: [StoredEntry], seal: Seal?, sealed: [KeyID], version: String) {
    self.rotation = rotation
    self.seal = seal
    self.sealed = sealed
    self.version = version
    self.entries = entries.leaves
    timeline = Timeline(self.entries)
  }

  // MARK: Parts

  var keys: [(role: String, key: KeyReference)] {
    [("outgoing", rotation.outgoing)] + (rotation.incoming.map { [("incoming", $0)] } ?? [])
  }

  func isSealed(_ key: KeyReference) -> Bool { sealed.contains(key.kid) }

  /// Everybody who acted, in the order of their first act.
  var people: [String] {
    timeline.lines.map(\.by).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The programs that wrote the entries, in order.
  var versions: [String] {
    entries.compactMap { $0.value["version"]?.string }.reduce(into: []) {
      if !$1.isEmpty, !$0.contains($1) { $0.append($1) }
    }
  }

  /// How far this host's clock was ahead of Maskinporten's at the opening, in seconds.
  var clockAhead: Double? { rotation.lastSeen.clockAhead }

  struct Grant {
    var kid: KeyID
    var at: String
    var granted: Bool
    var words: String
    var mpCode: String?
    var traceID: String?

    fileprivate init(kid: KeyID, at: String, granted: Bool, words: String, mpCode: String? = nil, traceID: String?) {
      self.kid = kid
      self.at = at
      self.granted = granted
      self.words = words
      self.mpCode = mpCode
      self.traceID = traceID
    }

    fileprivate init?(_ leaf: JSONValue) {
      guard let kid = leaf["kid"]?.string, let at = leaf["at"]?.string, let granted = leaf["granted"] else {
        return nil
      }
      self.init(
        kid: KeyID(kid), at: at, granted: granted == true,
        words: leaf["reason"]?.string ?? "a token of \(leaf["lifetime"]?.integer ?? 0) s",
        mpCode: leaf["mp_code"]?.string, traceID: leaf["trace_id"]?.string)
    }
  }

  /// Maskinporten's words on each key: those that the log's leaves carry, and the last ones of a step that has not ended.
  /// A token stands under the trace that our request carried, a refusal under the trace id that Maskinporten gave.
  var proofs: [Grant] {
    let logged = entries.flatMap { $0.value["proofs"]?.array ?? [] }.compactMap(Grant.init)
    return (logged + lastWords.filter { word in !logged.contains { $0.kid == word.kid && $0.at == word.at } })
      .sorted { ($0.at, $0.kid) < ($1.at, $1.kid) }
  }

  private var lastWords: [Grant] {
    let grants = rotation.lastGrant.values.map { grant in
      Grant(
        kid: grant.kid, at: grant.at.iso8601, granted: true, words: "a token of \(grant.lifetime) s",
        traceID: grant.traceID)
    }
    let refusals = rotation.lastRefusal.values.map { refusal in
      Grant(
        kid: refusal.kid, at: refusal.at.iso8601, granted: false, words: refusal.text ?? refusal.reason.rawValue,
        mpCode: refusal.mpCode, traceID: refusal.traceID)
    }
    return grants + refusals
  }

  struct PortalChange {
    var index: Int
    var at: String
    var step: String
    var before: [String]
    var after: [String]
  }

  var portalChanges: [PortalChange] {
    entries.compactMap { index, entry in
      guard let before = Self.strings(entry["portal_before"]), let after = Self.strings(entry["portal_after"]) else {
        return nil
      }
      return PortalChange(
        index: index, at: entry["at"]?.string ?? "", step: entry["step"]?.string ?? "", before: before, after: after)
    }
  }

  /// The kids that the portal listed when the rotation was opened.
  var portalAtOpening: [String] { entries.lazy.compactMap { Self.strings($0.value["portal"]) }.first ?? [] }
  /// As last seen.
  var portalNow: [String]? { rotation.lastSeen.portal?.kids.map(\.rawValue) }

  struct Deployment {
    var index: Int
    var at: String
    var step: String
    var target: String
    /// `written`, `found`, `deployed`, or whose word it rests on.
    var how: String
  }

  /// What was written to and started on each target.
  var deployments: [Deployment] {
    entries.flatMap { index, entry -> [Deployment] in
      guard entry["event"] == "outcome", let step = entry["step"]?.string else { return [] }
      return ["targets", "started"].flatMap { member in
        (entry[member]?.object ?? [:]).sorted { $0.key < $1.key }.map { target, how in
          Deployment(
            index: index, at: entry["at"]?.string ?? "", step: step, target: target, how: how.string ?? "")
        }
      }
    }
  }

  /// Where the step that `approval` is for began, before the plan moved on from what was approved; nil where it did not.
  func act(under approval: Approval) -> (step: String, index: Int)? {
    guard
      let given = entries.first(where: {
        $0.value["event"] == "approved" && $0.value["step"]?.string == approval.step.rawValue
          && $0.value["at"]?.string == approval.at.iso8601
      })
    else { return nil }
    let step: Step = approval.step == .swap ? .swapEnvironment : .retireKey
    for (index, entry) in entries where index > given.index {
      if entry["event"] == "plan_moved" { return nil }
      if entry["event"] == "intent", entry["step"]?.string == step.rawValue { return (step.rawValue, index) }
    }
    return nil
  }

  struct Judged {
    var index: Int
    var at: String
    var step: String
    var verdicts: [(name: String, holds: Bool, reason: String)]
  }

  /// The verdicts under which the opening and each step acted.
  var judged: [Judged] {
    entries.compactMap { index, entry in
      guard let event = entry["event"]?.string, ["opened", "intent", "outcome"].contains(event),
        let verdicts = entry["verdicts"]?.array
      else { return nil }
      return Judged(
        index: index, at: entry["at"]?.string ?? "",
        step: entry["step"]?.string ?? Step.openRotation.rawValue,
        verdicts: verdicts.map { ($0["guard"]?.string ?? "", $0["holds"] != false, $0["reason"]?.string ?? "") })
    }
  }

  func lines(of events: Set<String>) -> [Timeline.Line] { timeline.lines.filter { events.contains($0.event) } }

  static let troubleEvents: Set = ["failed", "midway", "refused", "unanswered", "intent_withdrawn"]

  var waits: [Timeline.Line] { lines(of: ["waiting"]) }
  var troubles: [Timeline.Line] { lines(of: Self.troubleEvents) }

  /// The entries of this rotation lie between these two; nil where there is none.
  var range: (first: Int, last: Int)? {
    guard let first = timeline.lines.first?.index, let last = timeline.lines.last?.index else { return nil }
    return (first, last)
  }

  /// Entries of this rotation that no checkpoint signs yet.
  var unsigned: Int { entries.count { $0.index >= seal?.size ?? 0 } }

  private static func strings(_ value: JSONValue?) -> [String]? { value?.array.map { $0.compactMap(\.string) } }
}
