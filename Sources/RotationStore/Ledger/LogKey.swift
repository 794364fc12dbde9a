package import Foundation

/// The log's signing key: its name and public half, and its private half sealed like every other.
package struct LogKey: Sendable, Hashable {
  /// The name that signed notes carry (C2SP signed-note).
  package var name: String
  package var publicKey: Data
  package var sealed: Data

  package init(name: String, publicKey: Data, sealed: Data) {
    self.name = name
    self.publicKey = publicKey
    self.sealed = sealed
  }
}
