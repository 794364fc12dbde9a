internal import Foundation

/// Makes a stranger's text fit for an error message: one line, printable, without keys and tokens, and bounded in Unicode
/// scalars, since one character may have any number of marks.
enum Redaction {
  static func line(_ text: String, limit: Int = 300) -> String {
    let plain = withoutSecrets(text)
    let lines = plain.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    let joined = lines.filter { !$0.isEmpty }.joined(separator: " | ").unicodeScalars.map(printable).joined()
    return joined.unicodeScalars.count <= limit ? joined : String(joined.unicodeScalars.prefix(limit)) + "…"
  }

  /// A child's output: its end says most. Runs as long as a PEM's lines are dropped too, since a bounded tail may have
  /// lost the line that would have told what they are.
  static func tail(_ text: String, limit: Int = 600) -> String {
    let plain = withoutSecrets(text).replacing(#/[A-Za-z0-9+\/=_-]{60,}/#, with: "<redacted>")
    let whole = line(plain, limit: .max)
    return whole.unicodeScalars.count <= limit ? whole : "…" + String(whole.unicodeScalars.suffix(limit))
  }

  static func withoutSecrets(_ text: String) -> String {
    text.replacing(
      #/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)/#, with: "<private key>"
    )
    .replacing(#/\A[\s\S]*-----END [A-Z0-9 ]*PRIVATE KEY-----/#, with: "<private key>")
    // As `openssl rsa -text` prints the numbers of a key.
    .replacing(#/(?:[0-9A-Fa-f]{2}:\s*){15,}(?:[0-9A-Fa-f]{2})?/#, with: "<redacted>")
    .replacing(#/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*/#, with: "<token>")
  }

  /// A terminal obeys control characters and bidirectional marks; a reader must not have to.
  private static func printable(_ scalar: Unicode.Scalar) -> String {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
    default: String(scalar)
    }
  }
}
