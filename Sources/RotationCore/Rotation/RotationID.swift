package import Foundation

/// `R-20261122-7F3K`: the day it was opened (UTC) and four characters of chance (Crockford base 32).
package struct RotationID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
  package var description: String { rawValue }

  package init(openedAt: Date, random: inout some RandomNumberGenerator) {
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    let suffix = (0..<4).map { _ in alphabet.randomElement(using: &random) ?? "0" }
    rawValue = "R-\(openedAt.utcDay)-\(String(suffix))"
  }

  package init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

extension Date {
  /// `20261122`, in UTC.
  package var utcDay: String { iso8601.prefix(10).filter { $0 != "-" } }

  /// `2026-11-22T19:04:11Z`.
  package var iso8601: String {
    var seconds = time_t(exactly: timeIntervalSince1970.rounded(.down)) ?? 0
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return String(unsafeUninitializedCapacity: 32) { text in
      text.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, $0.count, "%Y-%m-%dT%H:%M:%SZ", &parts) }
    }
  }

  /// IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 22 Nov 2026 10:00:00 GMT`.
  package var httpDate: String {
    formatted(
      VerbatimFormatStyle(
        format: """
          \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .padded(4)) \
          \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
          \(second: .twoDigits) GMT
          """,
        locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian)))
  }

  package static func + (date: Date, duration: Duration) -> Date { date.addingTimeInterval(duration.inSeconds) }
  package static func - (date: Date, duration: Duration) -> Date { date.addingTimeInterval(-duration.inSeconds) }
}

extension Duration {
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// `90s`, `5m`, `24h`, `30d`: the largest unit that divides it.
  package var short: String {
    let seconds = components.seconds
    if components.attoseconds != 0 { return "\(inSeconds)s" }
    for (unit, length) in [("d", Int64(86_400)), ("h", 3_600), ("m", 60)] where seconds != 0 && seconds % length == 0 {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }
}
