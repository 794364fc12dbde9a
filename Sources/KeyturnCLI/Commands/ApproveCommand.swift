internal import ArgumentParser
internal import RotationCore

/// `keyturn approve`
struct ApproveCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Approve the swap or the retirement as a second person.",
    discussion: """
      STEP is swap or retire. The approval is bound to the plan's digest, and goes stale when the portal's keys of \
      other systems change or the runbook is bound anew. Whoever opened the rotation cannot give it; where nobody \
      else is there, the opener says so with --solo, and the reason stands in the evidence. Needs no passphrase.

      Examples:
        keyturn approve swap --operator kari --reason "checked the plan with Ola"
        keyturn approve retire R-20261122-7F3K --operator kari --reason "a day without a refusal"
      """)

  @Argument(help: "The step to approve.")
  var step: ApprovedStep
  @Argument(help: "The rotation (default: the open one, else the last).")
  var rotation: String?
  @Flag(help: "The opener's word, on record, that there is no second person.")
  var solo = false
  @OptionGroup var why: ReasonOption
  @OptionGroup var global: GlobalOptions

  func validate() throws { _ = try why.required(for: "approve") }

  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? {
    try RotationChoice.find(rotation, in: ledger)
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let reason = try why.required(for: "approve")
    return try session.record(rotation) { desk, rotation in
      try desk.approve(step, rotation, reason: reason, solo: solo)
    } words: { before, after in
      before.revision == after.revision
        ? "\(session.operatorName)'s approval of the \(step.rawValue) of \(after.id) stands already; nothing was added"
        : "recorded: \(session.operatorName) approves the \(step.rawValue) of \(after.id) (\(reason))"
    }
  }
}
