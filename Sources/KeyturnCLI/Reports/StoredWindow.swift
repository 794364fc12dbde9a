internal import Foundation
internal import RotationCore
internal import RunbookFile

/// The maintenance window of a stored runbook, told without resolving any of its variables, so that `status` can
/// compute the window's guard at any hour and in any environment.
enum StoredWindow {
  /// Nil where the runbook has none, or where it cannot be told (a window that itself names a variable).
  static func of(_ source: StoredRunbook) -> MaintenanceWindow? {
    guard let block = block(named: "window", in: String(decoding: source.bytes, as: UTF8.self)) else { return nil }
    let frame = """
      name: window
      maskinporten: { environment: test, client_id: none, scopes: [none] }
      portal: { kind: manual }
      targets: [{ kind: dotenv, path: none }]

      """
    let decoded = try? RunbookDecoder.decode(Data((frame + block).utf8), folder: "/", environment: [:])
    return decoded?.runbook.window
  }

  /// The lines of one top-level member: its own, and those after it that are indented, blank or comments.
  static func block(named name: String, in text: String) -> String? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let spellings = [name, "\"\(name)\"", "'\(name)'"]
    guard
      let first = lines.firstIndex(where: { line in
        spellings.contains { line.hasPrefix($0) && line.dropFirst($0.count).trimmingPrefix(while: \.isWhitespace).hasPrefix(":") }
      })
    else { return nil }
    let rest = lines[(first + 1)...].prefix { line in line.first.map { $0.isWhitespace || $0 == "#" } ?? true }
    return ([lines[first]] + rest).joined(separator: "\n") + "\n"
  }
}
