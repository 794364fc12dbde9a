/// A secret that came as text (an environment variable, a webhook's URL). It prints as `<secret>` and is not Codable,
/// so it reaches no log, error or database by accident. The text itself cannot be wiped: the environment holds it too.
package struct SecretString: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let text: String
  package init(_ text: String) { self.text = text }
  package var description: String { "<secret>" }
  package var debugDescription: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }

  /// The secret in clear; only for the call that needs it.
  package func reveal() -> String { text }
}
