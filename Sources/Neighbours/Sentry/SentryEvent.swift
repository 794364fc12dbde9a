internal import Foundation
internal import Primitives
internal import RotationCore

/// A token exchange that came to nothing, as a Sentry event with its breadcrumbs (Sentry's developer docs, "Event
/// Payloads" and "Envelopes").
struct SentryEvent: Sendable {
  /// 32 hexadecimal digits.
  let id = Hex.encode(RandomBytes.make(16))
  let exchange: String
  let kid: KeyID
  let trace: RequestTrace?
  let breadcrumbs: [Breadcrumb]
  /// `keyturn@…`
  let release: String
  let environment: String?

  init(_ trail: ExchangeTrail, release: String, environment: String?) {
    exchange = trail.id
    kid = trail.kid
    trace = trail.trace
    breadcrumbs = trail.breadcrumbs
    self.release = release
    self.environment = environment
  }

  /// Three lines: header, item header, payload. `length` counts the payload's bytes.
  func envelope(sentAt: Date) -> Data {
    let payload = json.canonical
    let header: JSONValue = [
      "event_id": .string(id), "sent_at": .string(sentAt.iso8601),
      "sdk": ["name": "keyturn", "version": .string(String(release.drop { $0 != "@" }.dropFirst()))],
    ]
    let item: JSONValue = ["type": "event", "length": .integer(Int64(payload.count))]
    let newline = Data("\n".utf8)
    return header.canonical + newline + item.canonical + newline + payload + newline
  }

  private var json: JSONValue {
    let last = breadcrumbs.last
    let outcome = last?.outcome?.rawValue ?? "unknown"
    let reason = last?.reasonCode?.rawValue ?? "unknown"
    var members: [String: JSONValue] = [
      "event_id": .string(id), "timestamp": .number(last?.at.timeIntervalSince1970 ?? 0), "platform": "other",
      "level": "error", "logger": "keyturn.maskinporten", "release": .string(release),
      "message": ["formatted": .string("\(Breadcrumb.Category.exhausted.rawValue): \(outcome), \(reason)")],
      "fingerprint": [.string(Breadcrumb.Category.exhausted.rawValue), .string(outcome), .string(reason)],
      "tags": .object(tags), "extra": .object(last?.data ?? [:]),
      "breadcrumbs": ["values": .array(breadcrumbs.map(Self.json))],
    ]
    members["environment"] = environment.map { .string($0) }
    if let context = trace?.context {
      members["contexts"] = [
        "trace": [
          "trace_id": .string(context.traceID), "span_id": .string(context.spanID), "op": "maskinporten.token",
        ]
      ]
    }
    return .object(members)
  }

  private var tags: [String: JSONValue] {
    var tags: [String: JSONValue] = ["exchange": .string(exchange), "kid": .string(kid.rawValue)]
    tags["correlation_id"] = trace?.correlationID.map { .string($0) }
    for name in ["outcome", "reason_code", "error_code", "mp_code", "trace_id"] {
      tags[name] = breadcrumbs.last?.data[name]
    }
    return tags
  }

  private static func json(_ breadcrumb: Breadcrumb) -> JSONValue {
    [
      "timestamp": .number(breadcrumb.at.timeIntervalSince1970), "type": "default",
      "category": .string(breadcrumb.category.rawValue), "level": .string(breadcrumb.level.rawValue),
      "data": .object(breadcrumb.data),
    ]
  }
}
