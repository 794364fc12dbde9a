internal import Foundation
internal import RotationCore

/// What goes wrong with one call. `afterEffect` tells whether what was asked still happens.
package enum Fault: Sendable, Hashable {
  package enum RetryAfter: Sendable, Hashable {
    case seconds(Int)
    /// As an HTTP date, so far from now by the simulator's clock.
    case date(in: Duration)
  }

  /// The connection closes without an answer.
  case drop(afterEffect: Bool)
  /// The connection closes in the middle of the answer's body.
  case cut
  /// The connection closes without an answer, and a change of the key set lands only so much later.
  case late(Duration)
  /// The call waits in real time before anything else: a slow reload, a reader that times out.
  case delay(Duration)
  case status(Int, retryAfter: RetryAfter?, afterEffect: Bool)
  /// Half of the JSON, as a complete answer.
  case truncated
  case contentType(String)
  /// A JSON body of about so many bytes.
  case huge(bytes: Int)
  case redirect(to: String)
  /// `keys-read` answers with the set before the last change.
  case stale
  /// The `Date` header alone is off by so much.
  case date(offset: Duration)
  /// An HTML page instead of an answer, as a proxy or a login page gives it.
  case page(status: Int)
  /// The token endpoint refuses the grant in Maskinporten's words, whatever it holds.
  case refusal(GrantRefusal)
  /// Something on the way sends a call twice; the second answer comes back.
  case replay
  /// Somebody changes the portal right after the answer was made.
  case edit(HandEdit)

  /// Whether the world is not asked at all.
  var preventsEffect: Bool {
    switch self {
    case .drop(let afterEffect), .status(_, _, let afterEffect): !afterEffect
    case .redirect, .page, .refusal: true
    case .cut, .late, .delay, .truncated, .contentType, .huge, .stale, .date, .edit, .replay: false
    }
  }

  /// Does its part to what will be sent.
  func apply(to delivery: inout Delivery) {
    switch self {
    case .drop, .late: delivery.fate = .dropped
    case .cut: delivery.fate = .cut
    case .status(let status, let retryAfter, _):
      delivery.answer = SimulatedAnswer(status: status, json: ["error": "simulated_fault"])
      switch retryAfter {
      case .seconds(let seconds): delivery.answer.headers["Retry-After"] = String(seconds)
      case .date(let duration): delivery.answer.headers["Retry-After"] = (delivery.date + duration).httpDate
      case nil: break
      }
    case .truncated: delivery.answer.body = Data(delivery.answer.body.prefix(delivery.answer.body.count / 2))
    case .contentType(let type): delivery.answer.headers["Content-Type"] = type
    case .huge(let bytes):
      let padding = String(repeating: "x", count: bytes)
      delivery.answer.body = Data("{\"padding\":\"\(padding)\"}".utf8)
    case .redirect(let location):
      delivery.answer = SimulatedAnswer(status: 302, headers: ["Location": location])
    case .page(let status):
      delivery.answer = SimulatedAnswer(
        status: status, headers: ["Content-Type": "text/html; charset=utf-8"],
        body: Data("<!doctype html><title>Proxy</title><p>This is not Maskinporten.</p>".utf8))
    case .date(let offset): delivery.date = delivery.date + offset
    case .delay, .stale, .edit, .refusal, .replay: break
    }
  }
}

/// An answer on its way out.
struct Delivery {
  enum Fate { case sent, dropped, cut }

  var answer: SimulatedAnswer
  /// For the `Date` header.
  var date: Date
  var fate = Fate.sent
}
