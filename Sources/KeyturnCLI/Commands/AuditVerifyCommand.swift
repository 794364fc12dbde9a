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

      Examples:
        keyturn audit verify
        keyturn audit verify --checkpoint kept/checkpoint --json
      """)

  @Option(help: ArgumentHelp("A checkpoint that was kept elsewhere.", valueName: "file"))
  var checkpoint: String?

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    guard let ledger = try session.reader() else { throw RotationChoice.noneYet(session) }
    try ledger.checkWhole()
    // Without a key nothing was ever signed: the entries are only recomputed, and all lie beyond a checkpoint.
    let key = try ledger.logKey()
    var kept = try keptCheckpoint(of: key?.name ?? "", session)
    if let remembered = try ledger.rememberedCheckpoint() { kept.append(remembered) }
    let verifier = LogVerifier(
      folder: LogFolder(path: session.stateFolder.logPath),
      key: try VerifierKey(
        name: key?.name ?? "unsigned", publicKey: key?.publicKey ?? Data(repeating: 0, count: 32)))
    var report = try verifier.verify(try LeafSource(ledger), kept: kept)
    if let entry = try ledger.misfiledEntry() {
      report.add(LogDamage(.changed, entry: entry, "the store files it under another rotation than the entry names"))
    }
    let disagreements = try ledger.disagreements()
    for one in disagreements {
      report.add(
        LogDamage(
          one.hasRow ? .changed : .missing, entry: nil,
          one.hasRow
            ? "what the store says of rotation \(one.rotation) is not what was stored with its last entry"
            : "the log has entries of rotation \(one.rotation), and the store does not know it"))
    }
    if key != nil, try !ledger.tellsOfLogKey() {
      report.add(LogDamage(.missing, entry: nil, "the log has a key, and no entry tells of its making"))
    }
    session.console.answer(Verified(report: report))
    guard !report.isVerified else { return .done }
    let (summary, hints) = advice(on: report, disagreements.map(\.rotation), session)
    session.console.error(summary, hints: hints)
    return .failed
  }

  /// What is wrong in one sentence, and the way on.
  private func advice(on report: LogReport, _ disagreements: [RotationID], _ session: Session) -> (String, [String]) {
    let log = session.stateFolder.logPath
    if report.isOnlyInKept {
      return (
        "\(checkpoint ?? "the checkpoint") is no checkpoint of this log; the log itself holds",
        ["it was changed, or is another log's: name the file as it was kept"]
      )
    }
    if report.isOnlyInFiles {
      return (
        "every entry is as it was signed; only files of \(log) are not",
        [
          "nothing is lost: move \(log) away, and the next command that holds the passphrase builds it anew, on record",
          "then compare with a checkpoint kept elsewhere: keyturn audit verify --checkpoint FILE",
        ]
      )
    }
    let last = [
      "keep the state as it is for a later look, and compare with a checkpoint kept elsewhere",
      "go on from the last backup, in a folder of its own: keyturn state restore FILE --state DIR",
    ]
    if report.damages.allSatisfy({ $0.entry == nil && $0.file == nil }), !disagreements.isEmpty {
      let names = disagreements.map(\.rawValue).joined(separator: ", ")
      return ("the log holds, and the store beside it does not say the same of \(names)", last)
    }
    let first = report.firstBad.map { " from entry \($0) on" } ?? ""
    return ("the audit log cannot be vouched for\(first)", last)
  }

  /// `origin`: the log's name.
  private func keptCheckpoint(of origin: String, _ session: Session) throws(Failure) -> [KeptCheckpoint] {
    guard let checkpoint else { return [] }
    guard let note = FileManager.default.contents(atPath: session.configuration.absolute(checkpoint)) else {
      throw Failure(
        .inputInvalid, "the checkpoint \(checkpoint) cannot be read", remedy: ["name a file that holds a signed note"])
    }
    return [KeptCheckpoint(name: checkpoint, in: note, of: origin)]
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
      if report.beyondCheckpoint > 0 {
        let more = "\(report.beyondCheckpoint) \(report.beyondCheckpoint == 1 ? "entry lies" : "entries lie")"
        lines.append(
          more + " beyond every checkpoint: nothing signs \(report.beyondCheckpoint == 1 ? "it" : "them") yet")
      }
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
