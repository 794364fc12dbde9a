package import Foundation

/// The hours in which `swapEnvironment` and `retireKey` may run. `until` at or before `from` means past midnight; a
/// window belongs to the day on which it opens. Local time, so that 20:00 stays 20:00 over a change of clocks.
package struct MaintenanceWindow: Sendable, Hashable, Codable {
  package enum Day: String, Sendable, CaseIterable, Codable {
    case sun, mon, tue, wed, thu, fri, sat
    var weekday: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
  }

  package var days: [Day]
  /// Minutes after local midnight.
  package var from: Int
  package var until: Int
  /// IANA name.
  package var timeZone: String

  package init(days: [Day], from: Int, until: Int, timeZone: String) {
    self.days = days
    self.from = from
    self.until = until
    self.timeZone = timeZone
  }

  /// The window that is open at `now`, else the next one to open; nil only for an unknown time zone or no days.
  package func current(at now: Date) -> DateInterval? {
    firstWindow(around: now, days: Array(-1...8)) { $0.end > now }
  }

  /// The last moment up to `limit` at which a window is open and stays so for `room` (a window shorter than that: its
  /// opening); nil where none opens within the eight days before.
  package func latestMoment(before limit: Date, leaving room: Duration) -> Date? {
    firstWindow(around: limit, days: (-8...1).reversed()) { $0.start <= limit }
      .map { min(limit, max($0.start, $0.end - room)) }
  }

  /// The first that `fits` of the windows that open on the days so far from `time`'s own.
  private func firstWindow(around time: Date, days offsets: [Int], where fits: (DateInterval) -> Bool) -> DateInterval?
  {
    guard let zone = TimeZone(identifier: timeZone) else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let today = calendar.startOfDay(for: time)
    for offset in offsets {
      guard let window = window(opening: offset, after: today, in: calendar), fits(window) else { continue }
      return window
    }
    return nil
  }

  private func window(opening offset: Int, after today: Date, in calendar: Calendar) -> DateInterval? {
    guard let day = calendar.date(byAdding: .day, value: offset, to: today),
      days.contains(where: { $0.weekday == calendar.component(.weekday, from: day) }),
      let open = calendar.date(bySettingHour: from / 60, minute: from % 60, second: 0, of: day)
    else { return nil }
    let lastDay = until > from ? day : calendar.date(byAdding: .day, value: 1, to: day) ?? day
    guard let close = calendar.date(bySettingHour: until / 60, minute: until % 60, second: 0, of: lastDay),
      close > open
    else { return nil }
    return DateInterval(start: open, end: close)
  }
}
