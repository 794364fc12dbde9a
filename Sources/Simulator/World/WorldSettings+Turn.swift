internal import RotationCore

extension WorldSettings {
  /// Turns the knobs that `value` names: `clock_offset_seconds` (Maskinporten's clock ahead of ours; may be negative),
  /// `lifetime_limit`, `refusal_status`, and `publication_seconds` and `removal_seconds` (every node's delay for changes
  /// from now on). Throws `Failure`, and then turned none.
  mutating func turn(_ value: JSONValue) throws {
    var turned = self
    var members = try MemberReader(value, of: "the settings")
    if let offset = try members.seconds("clock_offset_seconds") { turned.clockOffset = offset }
    if let limit = try members.integer("lifetime_limit") { turned.lifetimeLimit = limit }
    if let status = try members.integer("refusal_status") {
      guard (400...499).contains(status) else { throw FaultPlan.unusable("refusal_status must be 400 to 499") }
      turned.refusalStatus = status
    }
    if let delay = try members.seconds("publication_seconds") { turned.publicationDelay = delay...delay }
    if let delay = try members.seconds("removal_seconds") { turned.removalDelay = delay...delay }
    try members.end()
    self = turned
  }
}
