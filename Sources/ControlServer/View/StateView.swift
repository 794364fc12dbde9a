package import Foundation
package import RotationCore

/// All that the door can ask of a state: there is nothing here that writes. Each call is a fresh look, blocks while it
/// reads, and throws `Failure`. A state that does not exist yet is an empty one.
package protocol StateView: Sendable {
  /// `keyturn.history/v1`, as `history --json` prints it.
  func history() throws -> JSONValue
  /// `keyturn.rotation/v1`, as `status --json` prints it; nil for an unknown id.
  func rotation(_ id: RotationID) throws -> JSONValue?
  /// `keyturn.expiry/v1` from the portal's sets as last seen; nil where none was ever seen.
  func expiry() throws -> JSONValue?
  /// For metrics.
  func overview() throws -> Overview
  /// For people: open rotations with their timelines, past ones, key expiry.
  func dashboard(_ readiness: Readiness) throws -> Page
  /// A file of the audit log by its name below the log's prefix; nil where there is none of that name.
  func logFile(_ name: String) throws -> Data?
}
