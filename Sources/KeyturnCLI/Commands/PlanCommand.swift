internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn plan`
struct PlanCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Every guard and every effect that rotate would have; changes and opens nothing.",
    discussion: """
      Reads the portal, the targets and Maskinporten, and obtains one token with the outgoing key. Exit 0: ready; \
      3: not ready, with all reasons at once; 69: only a neighbour that does not answer is in the way.

      Examples:
        keyturn plan Runbooks/maskinporten-test.yaml
        keyturn plan Runbooks/maskinporten-test.yaml --json
      """)

  @Argument(help: "The runbook's file.", completion: .file(extensions: ["yaml", "yml"]))
  var runbook: String
  @OptionGroup var global: GlobalOptions

  func validate() throws { try requireRunbook(runbook) }

  func run(_ session: Session) async throws -> ExitStatus {
    let loaded = try LoadedRunbook.file(runbook, session.configuration)
    let ledger = try session.reader()
    let engine = try await session.lookingEngine(loaded, ledger)
    let notes = loaded.warnings.map { "\(loaded.source.path):\($0.line):\($0.column): \($0.message)" }
    if let ledger, let open = try engine.openRotation() {
      return try await tell(open, engine, ledger, notes, session)
    }
    let plan = try await engine.plan()
    try session.refuseWhenStopped()
    var report = PlanReport(plan, runbook: loaded.runbook)
    report.warnings = notes + report.warnings + (try outlook(ledger, session))
    session.console.answer(report)
    guard !plan.ready else { return .done }
    let reasons = plan.verdicts.filter { !$0.holds }.map { "\($0.guardName): \($0.reason)" }
    session.console.error(
      "not ready, nothing was changed: " + reasons.joined(separator: "; "),
      hints: [
        plan.isUnreachable
          ? "run it again when the neighbour answers"
          : "correct what is named, then run \(session.commandLine("plan \(NextCommand.quoted(runbook))")) again"
      ] + plan.hints.map(session.addressed))
    return plan.isUnreachable ? .unreachable : .refused
  }

  /// A rotation that is open already: what `rotate` would go on with.
  private func tell(
    _ rotation: Rotation, _ engine: Engine, _ ledger: any LedgerReader, _ notes: [String], _ session: Session
  ) async throws -> ExitStatus {
    let standing = try Standing(rotation, ledger: ledger, now: session.clock.now())
    let preview = try await engine.preview(rotation)
    try session.refuseWhenStopped()
    let verdicts = (preview.rows.first?.verdicts ?? []).map { StandingVerdict($0.name, $0.verdict, at: preview.readAt) }
    var warnings = notes
    if rotation.runbookDigest != engine.source.digest {
      warnings.append(
        "rotation \(rotation.id) was opened with runbook \(rotation.runbookDigest), this one is \(engine.source.digest):"
          + " rotate refuses it without --rebind --reason TEXT")
    }
    let report = PlanReport(
      rotation, verdicts: verdicts, repairs: preview.repairs, wayBack: standing.wayBack,
      targets: engine.world.sites.map(\.target.name), warnings: warnings)
    session.console.answer(report)
    guard !report.ready else { return .done }
    let merelyWaits = verdicts.filter { !$0.holds }.allSatisfy { verdict in
      switch verdict.blocker {
      case .time, .person: true
      case .refusal, .neighbour, .conflict, nil: false
      }
    }
    if merelyWaits { return .waiting }
    let reasons = verdicts.filter { !$0.holds }.map { "\($0.guardName): \($0.reason)" }
    session.console.error(
      "rotation \(rotation.id) cannot go on from \(rotation.phase.rawValue): " + reasons.joined(separator: "; "),
      hints: [session.commandLine("status \(rotation.id)") + " tells where it stands"])
    return .refused
  }

  /// What `rotate` would do before it opens a rotation.
  private func outlook(_ ledger: (any LedgerReader)?, _ session: Session) throws -> [String] {
    var warnings: [String] = []
    if try Passphrase.configured(session.configuration) == nil {
      warnings.append("no passphrase is set up: rotate asks for it, and refuses to begin without a terminal")
    }
    guard let ledger else { return warnings }
    let (now, rotations) = (session.clock.now(), try ledger.rotations())
    for rotation in rotations where rotation.phase == .retired && rotation.rollback == nil {
      guard let end = rotation.quarantineEnds, now >= end else { continue }
      warnings.append("the quarantine of \(rotation.id) is over: rotate completes it first, and then opens none")
    }
    return warnings
  }
}
