internal import ArgumentParser
internal import Foundation
internal import RotationCore
internal import RotationStore
internal import TransparencyLog

/// `keyturn audit verify`
struct AuditVerifyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Recompute the log from its entries and hold it against everything signed.",
    discussion: """
      Looks at every page of the database, every entry, every tile and the checkpoint. With --checkpoint, also at \
      one that was kept elsewhere. Exit 0 when nothing is wrong, else 1 with the first bad entry.

      EXAMPLES
        keyturn audit verify
        keyturn audit verify --checkpoint kept/checkpoint --json
      """)

  @Option(help: ArgumentHelp("A checkpoint that was kept elsewhere.", valueName: "file"))
  var checkpoint: String?

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    var kept = try keptCheckpoint(session)
    guard let ledger = try session.reader() else { throw RotationChoice.noneYet(session) }
    try ledger.checkWhole()
    // Without a key nothing was ever signed: the entries are only recomputed, and all lie beyond a checkpoint.
    let key = try ledger.logKey()
    if let remembered = try ledger.rememberedCheckpoint() { kept.append(remembered) }
    let verifier = LogVerifier(
      folder: LogFolder(path: session.stateFolder.logPath),
      key: try VerifierKey(
        name: key?.name ?? "unsigned", publicKey: key?.publicKey ?? Data(repeating: 0, count: 32)))
    var report = try verifier.verify(try LeafSource(ledger), kept: kept)
    if let entry = try ledger.misfiledEntry() {
      report.add(LogDamage(.changed, entry: entry, "the store files it under another rotation than the entry names"))
    }
    session.console.answer(Verified(report: report))
    guard !report.isVerified else { return .done }
    let first = report.firstBad.map { " from entry \($0) on" } ?? ""
    session.console.error(
      "the audit log cannot be vouched for\(first)",
      hints: [
        "keep the state as it is for a later look, and compare with a checkpoint kept elsewhere",
        "restore the last backup: keyturn state restore FILE",
      ])
    return .failed
  }

  private func keptCheckpoint(_ session: Session) throws(Failure) -> [KeptCheckpoint] {
    guard let checkpoint else { return [] }
    guard let note = FileManager.default.contents(atPath: session.configuration.absolute(checkpoint)) else {
      throw Failure(
        .inputInvalid, "the checkpoint \(checkpoint) cannot be read", remedy: ["name a file that holds a signed note"])
    }
    return [KeptCheckpoint(name: checkpoint, note: note)]
  }

  private struct Verified: Answer {
    var report: LogReport

    var json: JSONValue { report.json }

    func text(_ console: Console) -> String {
      var lines = ["\(report.entries) entries, root \(report.root.base64)"]
      if let signed = report.checkpoint { lines.append("the checkpoint signs the first \(signed.size)") }
      if !report.isVerified {
        let upTo = report.trusted.upperBound
        lines.append(
          upTo == 0
            ? "nothing can be vouched for" : "still to be trusted: entries 0 to \(upTo - 1), as they were signed")
      }
      if report.beyondCheckpoint > 0 { lines.append("\(report.beyondCheckpoint) entries lie beyond the checkpoint") }
      lines += report.damages.map { damage in
        let place = [damage.entry.map { "entry \($0)" }, damage.file].compactMap(\.self).joined(separator: ", ")
        let at = place.isEmpty ? "" : " at \(place)"
        return console.ink(.red, damage.kind.rawValue) + "\(at): \(damage.explanation)"
      }
      return (lines + [report.isVerified ? console.ink(.green, "verified") : console.ink(.red, "NOT verified")])
        .joined(separator: "\n")
    }
  }
}
