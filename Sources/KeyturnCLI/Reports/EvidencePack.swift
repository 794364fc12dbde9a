internal import Foundation
internal import RotationCore

/// One rotation's evidence, from the ledger alone: the timeline, the portal before and after, what proved each key, the
/// verdicts under which each step acted, waits, approvals and words.
struct EvidencePack {
  let rotation: Rotation
  let timeline: Timeline
  /// The log's entries, as they are.
  private let entries: [(index: Int, value: JSONValue)]
  /// How many entries the last checkpoint signs.
  private let signed: Int
  /// Kids whose private half is in the store now.
  private let sealed: [KeyID]

  init(_ rotation: Rotation, entries: [StoredEntry], signed: Int, sealed: [KeyID]) {
    self.rotation = rotation
    self.signed = signed
    self.sealed = sealed
    timeline = Timeline(entries)
    self.entries = entries.compactMap { entry in
      (try? JSONValue(parsing: entry.bytes)).map { (entry.index, $0) }
    }
  }

  // MARK: Parts

  var keys: [(role: String, key: KeyReference)] {
    [("outgoing", rotation.outgoing)] + (rotation.incoming.map { [("incoming", $0)] } ?? [])
  }

  func isSealed(_ key: KeyReference) -> Bool { sealed.contains(key.kid) }

  struct Grant {
    var kid: KeyID
    var at: String
    var granted: Bool
    var words: String
    var mpCode: String?
    var traceID: String?
  }

  /// The last token and the last refusal of each key, with Maskinporten's trace ids.
  var proofs: [Grant] {
    let grants = rotation.lastGrant.values.map { grant in
      Grant(kid: grant.kid, at: grant.at.iso8601, granted: true, words: "a token of \(grant.lifetime) s")
    }
    let refusals = rotation.lastRefusal.values.map { refusal in
      Grant(
        kid: refusal.kid, at: refusal.at.iso8601, granted: false, words: refusal.text ?? refusal.reason.rawValue,
        mpCode: refusal.mpCode, traceID: refusal.traceID)
    }
    return (grants + refusals).sorted { ($0.at, $0.kid) < ($1.at, $1.kid) }
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

  struct Judged {
    var index: Int
    var at: String
    var step: String
    var verdicts: [(name: String, reason: String)]
  }

  /// The verdicts under which the opening and each write acted.
  var judged: [Judged] {
    entries.compactMap { index, entry in
      let event = entry["event"]?.string ?? ""
      guard event == "intent" || event == "opened", let verdicts = entry["verdicts"]?.array else { return nil }
      return Judged(
        index: index, at: entry["at"]?.string ?? "",
        step: entry["step"]?.string ?? Step.openRotation.rawValue,
        verdicts: verdicts.map { ($0["guard"]?.string ?? "", $0["reason"]?.string ?? "") })
    }
  }

  func lines(of events: Set<String>) -> [Timeline.Line] { timeline.lines.filter { events.contains($0.event) } }

  var waits: [Timeline.Line] { lines(of: ["waiting"]) }
  var troubles: [Timeline.Line] { lines(of: ["failed", "midway", "refused", "unanswered", "intent_withdrawn"]) }

  /// Entries of this rotation that no checkpoint signs yet.
  var unsigned: Int { entries.count { $0.index >= signed } }

  private static func strings(_ value: JSONValue?) -> [String]? { value?.array.map { $0.compactMap(\.string) } }
}
