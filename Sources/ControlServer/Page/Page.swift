internal import Foundation
internal import Primitives

/// A page in HTML: no script, no picture, nothing from anywhere else, and one style sheet, which its policy names by its
/// hash.
package struct Page: Sendable {
  package var html: String
  /// What stands between `<style>` and `</style>`; empty where there is none.
  package var style: String

  package init(html: String, style: String) {
    self.html = html
    self.style = style
  }

  /// `Content-Security-Policy`.
  var policy: String {
    let hash = Base64.encode(SHA256Digest(of: Data(style.utf8)).bytes)
    return "default-src 'none'; style-src 'sha256-\(hash)'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
  }
}
