internal import ArgumentParser
internal import Foundation
internal import RotationCore
internal import RotationStore
internal import TransparencyLog

/// `keyturn audit`
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "The tamper-evident log: verify it, export it, prove an entry.",
    discussion: """
      None of these needs the passphrase. Give the line of `audit key` to whoever is to verify, by a way of its own, \
      and keep a checkpoint elsewhere now and then: the machine that writes the log cannot change that one.

      Examples:
        keyturn audit verify
        keyturn audit verify --checkpoint kept/checkpoint
        keyturn audit key
        keyturn audit export /tmp/evidence
        keyturn audit prove 12
      """,
    subcommands: [AuditVerifyCommand.self, AuditExportCommand.self, AuditKeyCommand.self, AuditProveCommand.self])
}

extension Session {
  /// The log's folder, key and entries. Throws a refusal where the log was never signed.
  func audit() throws -> (folder: LogFolder, key: VerifierKey, ledger: ReadOnlyLedger) {
    guard let ledger = try reader() else { throw RotationChoice.noneYet(self) }
    guard let key = try ledger.logKey() else {
      throw Failure(
        .refused, "the log of \(stateFolder.path) has no key yet: nothing was signed",
        remedy: ["the next command that holds the passphrase makes it and signs a checkpoint"])
    }
    return (
      LogFolder(path: stateFolder.logPath), try VerifierKey(name: key.name, publicKey: key.publicKey), ledger
    )
  }
}

extension ReadOnlyLedger {
  /// Throws a refusal where the folder of the log has lost the checkpoint that this database remembers.
  fileprivate func requireCheckpoint(in folder: LogFolder) throws {
    let signed = try publishedSize()
    guard signed > 0, try folder.checkpoint() == nil else { return }
    throw Failure.logFolderGone(signed: signed)
  }
}

/// `keyturn audit key`
struct AuditKeyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "The log's public key, as one vkey line (c2sp.org/signed-note).",
    discussion: """
      Examples:
        keyturn audit key > keyturn.vkey
      """)

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let key = try session.audit().key
    if session.console.json {
      session.console.document(["schema": "keyturn.vkey/v1", "name": .string(key.name), "vkey": .string(key.line)])
    } else {
      session.console.print(key.line)
    }
    return .done
  }
}

/// `keyturn audit export`
struct AuditExportCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "The whole log in a folder that anybody can verify with openssl and a shell.",
    discussion: """
      The folder is made, or is empty. It holds the checkpoint, the key, the tiles, every entry as a line of JSON, a \
      proof for each, and a README that says how to check them.

      Examples:
        keyturn audit export /tmp/evidence
      """)

  @Argument(help: ArgumentHelp("The folder.", valueName: "dir"))
  var dir: String

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let (folder, key, ledger) = try session.audit()
    try ledger.requireCheckpoint(in: folder)
    let path = session.configuration.absolute(dir)
    let export = try LogExporter(folder: folder, key: key).export(try LeafSource(ledger), to: path)
    session.console.answer(Exported(export: export, path: path))
    return .done
  }

  private struct Exported: Answer {
    var export: LogExport
    var path: String

    var json: JSONValue {
      [
        "schema": "keyturn.export/v1", "path": .string(path),
        "entries": .integer(Int64(export.checkpoint.size + export.beyondCheckpoint)),
        "root": .string(export.checkpoint.root.base64),
        "beyond_checkpoint": .integer(Int64(export.beyondCheckpoint)),
      ]
    }

    func text(_ console: Console) -> String {
      let signed = "\(path): \(export.checkpoint.size) entries, root \(export.checkpoint.root.base64)"
      return export.beyondCheckpoint == 0
        ? signed : signed + "; \(export.beyondCheckpoint) more lie beyond the checkpoint, unsigned"
    }
  }
}

/// `keyturn audit prove`
struct AuditProveCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "prove", abstract: "Proof that one entry stands in the signed log (c2sp.org/tlog-proof@v1).",
    discussion: """
      ENTRY counts from 0, as `keyturn show` numbers them.

      Examples:
        keyturn audit prove 12 > entry-12.tlog-proof
      """)

  @Argument(help: ArgumentHelp("The entry, from 0.", valueName: "entry"))
  var entry: Int

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard entry >= 0 else { throw ValidationError("ENTRY counts from 0") }
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let (folder, key, ledger) = try session.audit()
    try ledger.requireCheckpoint(in: folder)
    let proof = try LogProver(folder: folder, key: key).prove(entry, in: try LeafSource(ledger)).text
    if session.console.json {
      session.console.document([
        "schema": "keyturn.proof/v1", "entry": .integer(Int64(entry)), "proof": .string(proof),
      ])
    } else {
      session.console.print(proof.last == "\n" ? String(proof.dropLast()) : proof)
    }
    return .done
  }
}
