package import Foundation
package import RotationCore

/// A runbook's YAML as the value that the rest works with (contract, section 5).
package enum RunbookDecoder {
  /// Reads `bytes` once, resolving `${NAME}` from `environment` and relative paths against `folder` (absolute).
  /// Throws every finding at once, sorted; only what leaves nothing to look at (a parser's error, duplicate keys, no
  /// UTF-8, too large) comes alone. No finding and no warning holds a value of the environment.
  package static func decode(_ bytes: Data, folder: String, environment: [String: String]) throws(RunbookRejected) -> (
    runbook: Runbook, warnings: [RunbookFinding]
  ) {
    let reading = Reading(variables: environment, folder: FilePath.absolute(folder, in: ""))
    let root = try YAMLTree(reading: reading).root(of: YAMLText(bytes))
    let runbook = MappingReader<RunbookMember>(root, reading).flatMap(Runbook.read)
    guard reading.findings.isEmpty else { throw RunbookRejected(findings: Array(reading.findings)) }
    guard let runbook else { throw RunbookRejected("the runbook cannot be read", at: root.place) }
    return (runbook, reading.warnings.sorted())
  }

  /// The maintenance window alone, without looking at any variable, so that a stored runbook's can be told in any
  /// environment. Nil where there is none, where an emergency does without, and where it names a variable or is wrong.
  package static func window(of bytes: Data) -> MaintenanceWindow? {
    let reading = Reading(variables: [:], folder: "/")
    guard let text = try? YAMLText(bytes), let root = try? YAMLTree(reading: reading).root(of: text) else { return nil }
    guard let top = MappingReader<RunbookMember>(root, reading), top.optional(.emergency, .flag) != true else {
      return nil
    }
    return top.optional(.window, .members(WindowMember.self, MaintenanceWindow.read))
  }
}
