package import Foundation
internal import Primitives
package import RotationCore
internal import RunbookFile

/// A runbook with its bytes: from a file, or as it was stored when a rotation was opened.
package struct LoadedRunbook: Sendable {
  package let runbook: Runbook
  package let source: StoredRunbook
  package let warnings: [RunbookFinding]

  private static let sizeLimit = 1_048_576

  /// Reads and resolves the file. Throws `RejectedRunbook`, for a file that is not there too.
  package static func file(_ path: String, _ configuration: Configuration) throws(RejectedRunbook) -> LoadedRunbook {
    let absolute = configuration.absolute(path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: absolute, isDirectory: &isFolder), !isFolder.boolValue,
      let bytes = FileManager.default.contents(atPath: absolute)
    else {
      let reason = isFolder.boolValue ? "is a folder" : "is not there or cannot be read"
      throw RejectedRunbook(
        path: path, findings: [RunbookFinding(line: 1, column: 1, message: "the runbook \(reason)")])
    }
    guard bytes.count <= sizeLimit else {
      throw RejectedRunbook(
        path: path, findings: [RunbookFinding(line: 1, column: 1, message: "the runbook is longer than 1 MiB")])
    }
    let folder = absolute.lastIndex(of: "/").map { String(absolute[..<$0]) } ?? ""
    let source = StoredRunbook(
      digest: digest(bytes), bytes: bytes, folder: folder.isEmpty ? "/" : folder, path: path)
    return try decode(source, configuration.environment)
  }

  /// The runbook under which `rotation` was opened, resolved from the environment as it is now.
  package static func stored(_ rotation: Rotation, in ledger: any LedgerReader, _ configuration: Configuration) throws
    -> LoadedRunbook
  {
    guard let source = try ledger.runbook(rotation.runbookDigest) else {
      throw Failure(
        .stateDamaged, "the runbook \(rotation.runbookDigest) of rotation \(rotation.id) is not in the state",
        remedy: ["restore the last backup: keyturn state restore FILE"])
    }
    return try decode(source, configuration.environment)
  }

  private static func decode(_ source: StoredRunbook, _ environment: [String: String]) throws(RejectedRunbook)
    -> LoadedRunbook
  {
    do {
      let (runbook, warnings) = try RunbookDecoder.decode(
        source.bytes, folder: source.folder, environment: environment)
      return LoadedRunbook(runbook: runbook, source: source, warnings: warnings)
    } catch { throw RejectedRunbook(path: source.path, findings: error.findings) }
  }

  /// `sha256:` and the hex digest.
  package static func digest(_ bytes: Data) -> String { SHA256Digest(of: bytes).label }
}

/// A runbook's findings under the path that the operator gave.
package struct RejectedRunbook: Error, Hashable {
  package let path: String
  package let findings: [RunbookFinding]

  /// `file:line:column: message`, each finding.
  package var lines: [String] { findings.map { "\(path):\($0.line):\($0.column): \($0.message)" } }

  package var failure: Failure {
    var variables: [String] = []
    for case let name? in findings.map(\.variable) where !variables.contains(name) { variables.append(name) }
    let isFileAtFault = findings.contains { $0.variable == nil }
    let toDo = [
      variables.isEmpty ? nil : "set \(variables.joined(separator: ", ")) in the environment, then run it again",
      isFileAtFault ? "correct it, then see keyturn runbook check \(NextCommand.quoted(path))" : nil,
    ]
    return Failure(
      .runbookInvalid, "the runbook was not accepted; nothing was opened: " + lines.joined(separator: "; "),
      remedy: toDo.compactMap(\.self))
  }
}
