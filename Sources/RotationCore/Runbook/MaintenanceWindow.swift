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
    guard let zone = TimeZone(identifier: timeZone) else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let today = calendar.startOfDay(for: now)
    for offset in -1...8 {
      guard let day = calendar.date(byAdding: .day, value: offset, to: today),
        days.contains(where: { $0.weekday == calendar.component(.weekday, from: day) }),
        let open = calendar.date(bySettingHour: from / 60, minute: from % 60, second: 0, of: day)
      else { continue }
      let lastDay = until > from ? day : calendar.date(byAdding: .day, value: 1, to: day) ?? day
      guard let close = calendar.date(bySettingHour: until / 60, minute: until % 60, second: 0, of: lastDay),
        close > now, close > open
      else { continue }
      return DateInterval(start: open, end: close)
    }
    return nil
  }
}
