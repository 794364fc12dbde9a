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
}
