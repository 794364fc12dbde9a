internal import Foundation
internal import RotationCore

/// Until when Sentry wants no events (Sentry's developer docs, "Rate Limiting"). What comes before then is dropped and
/// not kept.
struct SentryLimits: Sendable {
  /// Of an event in an envelope.
  static let category = "error"
  /// Asked for by a 429 that says no more.
  static let unspoken = Duration.seconds(60)
  private static let bounds = 1...86_400

  /// By category; the empty name stands for all.
  private var until: [String: Date] = [:]

  func forbidEvents(at now: Date) -> Bool {
    [Self.category, ""].contains { until[$0].map { now < $0 } ?? false }
  }

  /// `X-Sentry-Rate-Limits` counts on every answer, `Retry-After` only on a 429 without it.
  mutating func take(_ answer: HTTPAnswer, at now: Date) {
    if let list = answer.headers["x-sentry-rate-limits"] {
      for limit in list.split(separator: ",") { take(limit, at: now) }
    } else if answer.status == 429 {
      let pause = RetryAfter.parse(answer.headers["retry-after"], within: Self.bounds, now: answer.date ?? now)
      extend("", to: now + (pause ?? Self.unspoken))
    }
  }

  /// `seconds:category;category:scope:reason`; without a category it holds for all.
  private mutating func take(_ limit: Substring, at now: Date) {
    let parts = limit.trimmingCharacters(in: .whitespaces).split(separator: ":", omittingEmptySubsequences: false)
    guard let pause = RetryAfter.parse(String(parts[0]), within: Self.bounds, now: now) else { return }
    let categories = parts.count > 1 ? parts[1].split(separator: ";") : []
    for category in categories.isEmpty ? [""] : categories { extend(String(category), to: now + pause) }
  }

  private mutating func extend(_ category: String, to time: Date) {
    until[category] = max(until[category] ?? time, time)
  }
}
