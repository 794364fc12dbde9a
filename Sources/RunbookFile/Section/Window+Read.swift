private import Foundation
internal import RotationCore

enum WindowMember: String, Member {
  case days, from, until
  case timeZone = "time_zone"
  static let section = "window"
}

extension MaintenanceWindow {
  static func read(_ reader: MappingReader<WindowMember>) -> Self? {
    let days = reader.required(.days, .distinct(.choice(Day.self)))
    let from = reader.required(.from, .timeOfDay)
    let until = reader.required(.until, .timeOfDay)
    let zone = reader.required(.timeZone, .timeZone)
    guard let days, let from, let until, let zone else { return nil }
    return Self(days: days, from: from, until: until, timeZone: zone)
  }
}

extension Form where Value == Int {
  /// `HH:MM`, in minutes after midnight.
  static var timeOfDay: Form {
    Form { branch, reading in
      let claim = "must be a time such as \"20:00\", from \"00:00\" to \"23:59\""
      guard case .text(let written, let isPlain) = branch.content, !isPlain || PlainScalar(written) == .text else {
        return reading.refuse(branch, claim)
      }
      guard let text = Form<String>.text.read(branch, reading) else { return nil }
      guard let match = text.wholeMatch(of: /([01][0-9]|2[0-3]):([0-5][0-9])/), let hours = Int(match.1),
        let minutes = Int(match.2)
      else { return reading.refuse(branch, claim) }
      return hours * 60 + minutes
    }
  }
}

extension Form where Value == String {
  /// A zone of the IANA database. Foundation also takes offsets and abbreviations of its own (`GMT+3`, `IST`), which
  /// have no slash in them.
  static var timeZone: Form {
    Form { branch, reading in
      guard let name = Form.word.read(branch, reading) else { return nil }
      let isZone = name.contains("/") || ["UTC", "GMT", "WET", "CET", "MET", "EET"].contains(name)
      if isZone, TimeZone(identifier: name) != nil { return name }
      guard case .text(let written, _) = branch.content,
        let near = Spelling.nearest(to: written, among: TimeZone.knownTimeZoneIdentifiers)
      else {
        return reading.refuse(branch, "must be a time zone of the IANA database, such as Europe/Oslo")
      }
      return reading.refuse(branch, "must be a time zone of the IANA database; did you mean \(near)?")
    }
  }
}
