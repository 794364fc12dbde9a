internal import Foundation
internal import Primitives

/// A page: no script, no picture, nothing from anywhere else, and one style sheet that its policy names by its hash.
struct Page: Sendable {
  var title: String
  var content: HTML

  var html: HTML {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>\(title)</title>
    <style>\(Self.style)</style>
    </head>
    <body>
    \(content)
    </body>
    </html>

    """
  }

  /// `Content-Security-Policy` of every page.
  static let policy =
    "default-src 'none'; style-src 'sha256-\(Base64.encode(SHA256Digest(of: Data(style.text.utf8)).bytes))'; "
    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  private static let style: HTML = """
    :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
    body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
    table { border-collapse: collapse; width: 100% }
    th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884 }
    code { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
    .yes { color: #1a7f37 } .no { color: #cf222e }
    """

  /// Columns under headings; nothing where there is no row.
  static func table(_ headings: [String], _ rows: [[HTML]]) -> HTML {
    if rows.isEmpty { return "<p>none</p>" }
    let head = headings.map { "<th scope=\"col\">\($0)</th>" as HTML }
    let body = rows.map { row in "<tr>\(row.map { "<td>\($0)</td>" as HTML })</tr>\n" as HTML }
    return "<table><thead><tr>\(head)</tr></thead><tbody>\n\(body)</tbody></table>"
  }
}
