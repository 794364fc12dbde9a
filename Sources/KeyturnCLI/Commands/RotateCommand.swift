internal import ArgumentParser
internal import RotationCore

/// `keyturn rotate`
struct RotateCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Open a rotation, or go on with the open one, to its end or until it must wait.",
    discussion: """
      Stop it at any point and run it again: it looks before it acts. It ends at `retired` (exit 0), or where it has to
      wait for a time or a person (exit 5). Without RUNBOOK it goes on with the open rotation under the runbook that was
      stored when it was opened.

      Examples:
        keyturn rotate Runbooks/maskinporten-production.yaml
        keyturn rotate Runbooks/maskinporten-production.yaml --yes --wait
        keyturn rotate Runbooks/maskinporten-production.yaml --until proven
        keyturn rotate Runbooks/maskinporten-production.yaml --reassert --reason "deploy overwrote the file"
      """)

  @Argument(help: "The runbook's file.", completion: .file(extensions: ["yaml", "yml"]))
  var runbook: String?
  @Flag(help: "Open a new rotation without asking.")
  var yes = false
  @Flag(help: "Sit through waits for time, with a countdown.")
  var wait = false
  @Option(help: ArgumentHelp("Stop when this phase is reached.", valueName: "phase"))
  var until: Phase?
  @Flag(help: "Open a new rotation although the last one was rolled back, abandoned or is young.")
  var new = false
  @Flag(help: "Take a runbook whose small changes the open rotation can bear.")
  var rebind = false
  @Flag(name: .customLong("accept-foreign"), help: "Take what somebody else set as the new truth.")
  var acceptForeign = false
  @Flag(help: "Set our pair again where somebody else changed it.")
  var reassert = false
  @Flag(help: "Leave a rollback whose outgoing key is refused, and go forward.")
  var forward = false
  @OptionGroup var why: ReasonOption
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    for (flag, isSet) in [
      ("--rebind", rebind), ("--accept-foreign", acceptForeign), ("--reassert", reassert), ("--forward", forward),
    ] where isSet { _ = try why.required(for: flag) }
    if acceptForeign && reassert { throw ValidationError("--accept-foreign and --reassert are two ways: take one") }
  }

  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? {
    let loaded = runbook.flatMap { try? LoadedRunbook.file($0, session.configuration) }
    return try ledger.rotations().first { rotation in
      (rotation.phase.isOpen || rotation.isGoingBack) && (loaded.map { rotation.isOf($0.runbook) } ?? true)
    }
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let loaded = try load(session)
    for warning in loaded.warnings {
      session.console.warning("\(loaded.source.path):\(warning.line):\(warning.column): \(warning.message)")
    }
    // Whatever is wrong with the runbook's parts is told before anything is made.
    _ = try await Composition(session.configuration).neighbourhood(of: loaded.runbook, keys: PublicHalves())
    return try await session.drive { state, progress in
      let engine = try await session.engine(loaded, state, progress)
      let open = try engine.openRotation()
      progress.concern(open?.id)
      return try await engine.rotate(try options(open, state, session)) { plan in
        try confirm(plan, loaded, session)
      }
    }
  }

  private func load(_ session: Session) throws -> LoadedRunbook {
    if let runbook { return try LoadedRunbook.file(runbook, session.configuration) }
    guard let ledger = try session.reader(),
      let open = try RotationChoice.find(nil, in: ledger), open.phase.isOpen || open.isGoingBack
    else { throw ValidationError("Missing expected argument '<runbook>': no rotation is open to go on with") }
    return try LoadedRunbook.stored(open, in: ledger, session.configuration)
  }

  private func options(_ open: Rotation?, _ state: OpenState, _ session: Session) throws -> Engine.RotateOptions {
    var options = Engine.RotateOptions()
    options.wait = wait
    options.goal = until.map { .phase($0) } ?? .end
    options.new = new
    options.acceptForeign = acceptForeign
    options.reassert = reassert
    options.forward = forward
    options.reason = why.given ?? ""
    guard rebind || acceptForeign || reassert || forward else { return options }
    guard let open else {
      throw Failure(
        .refused, "no rotation is open, so there is nothing to rebind, accept, reassert or take forward",
        remedy: ["leave the flag out"])
    }
    if rebind {
      do { options.rebind = try LoadedRunbook.stored(open, in: state.ledger, session.configuration).runbook } catch let
        old
        as RejectedRunbook
      {
        throw Failure(
          .refused, "the runbook that \(open.id) was opened with cannot be read: \(old.lines.joined(separator: "; "))",
          remedy: ["set the variables that it names, then run it again"])
      }
    }
    return options
  }

  private func confirm(_ plan: Plan, _ loaded: LoadedRunbook, _ session: Session) throws -> Bool {
    try session.refuseWhenStopped()
    for warning in plan.warnings { session.console.warning(warning) }
    if yes { return true }
    guard session.configuration.streams.canAsk else {
      throw Failure(
        .refused, "a new rotation would be opened, and nobody is there to say yes; nothing was changed",
        remedy: [
          "see what it would do: " + session.commandLine("plan \(NextCommand.quoted(loaded.source.path))"),
          "open it with " + session.commandLine("rotate \(NextCommand.quoted(loaded.source.path)) --yes"),
        ])
    }
    session.console.progress(PlanReport(plan, runbook: loaded.runbook).text(session.console))
    return try session.console.confirm("open this rotation", flag: "--yes")
  }
}

extension Rotation {
  /// Of the runbook's client at the runbook's issuer.
  func isOf(_ runbook: Runbook) -> Bool {
    clientID == runbook.maskinporten.clientID && issuer == runbook.maskinporten.issuer
  }
}
