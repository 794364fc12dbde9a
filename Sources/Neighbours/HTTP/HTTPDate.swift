internal import Foundation

/// HTTP's own date form, IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete
/// forms are not read.
enum HTTPDate {
  static func parse(_ text: String) -> Date? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[0].count == 4, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
      let month = months.firstIndex(of: String(parts[2]))
    else { return nil }
    let time = parts[4].split(separator: ":").compactMap { $0.count == 2 ? Int($0) : nil }
    guard time.count == 3, (1...31).contains(day), (1970...9999).contains(year), (0...23).contains(time[0]),
      (0...59).contains(time[1]), (0...60).contains(time[2])
    else { return nil }
    let seconds =
      daysSince1970(year: year, month: month + 1, day: day) * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    return Date(timeIntervalSince1970: TimeInterval(seconds))
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Days of the proleptic Gregorian calendar, with years that begin in March so that leap days come last.
  private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds or a date.
enum RetryAfter {
  /// Neither a busy loop nor a stall of hours: what a neighbour asks for is kept within these.
  static let bounds: ClosedRange<Int> = 1...60

  /// The wait asked for, clamped; nil where nothing readable was asked. `now` is the neighbour's clock where it told it.
  static func parse(_ text: String?, within bounds: ClosedRange<Int> = bounds, now: Date) -> Duration? {
    guard let text = text?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
    if text.allSatisfy(\.isASCII), let seconds = Double(text), seconds.isFinite { return clamp(seconds, bounds) }
    return HTTPDate.parse(text).map { clamp($0.timeIntervalSince(now), bounds) }
  }

  private static func clamp(_ seconds: Double, _ bounds: ClosedRange<Int>) -> Duration {
    .seconds(Int(min(max(seconds.rounded(.up), Double(bounds.lowerBound)), Double(bounds.upperBound))))
  }
}
