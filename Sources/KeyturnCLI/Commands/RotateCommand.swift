internal import ArgumentParser
internal import RotationCore
internal import RotationStore

/// `keyturn rotate`
struct RotateCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Open a rotation, or go on with the open one, to its end or until it must wait.",
    discussion: """
      Stop it at any point and run it again: it looks before it acts. It ends at `retired` (exit 0), or where it has \
      to wait for a time or a person (exit 5). Without RUNBOOK it goes on with the open rotation under the runbook \
      that was stored when it was opened.

      Examples:
        keyturn rotate Runbooks/maskinporten-production.yaml
        keyturn rotate Runbooks/maskinporten-production.yaml --yes --wait
        keyturn rotate Runbooks/maskinporten-production.yaml --until proven
        keyturn rotate Runbooks/maskinporten-production.yaml --reassert --reason "overwritten"
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
    if let runbook { try requireRunbook(runbook) }
    if acceptForeign && reassert { throw ValidationError("--accept-foreign and --reassert are two ways: take one") }
  }

  func subject(in ledger: any LedgerReader, _ session: Session) throws -> Rotation? {
    let loaded = runbook.flatMap { try? LoadedRunbook.file($0, session.configuration) }
    guard (runbook == nil) == (loaded == nil) else { return nil }
    let meant = try ledger.rotations().filter { rotation in
      rotation.isUnderWay && loaded.map { rotation.isOf($0.runbook) } ?? true
    }
    return meant.count == 1 ? meant[0] : nil
  }

  func run(_ session: Session) async throws -> ExitStatus {
    guard let loaded = try load(session) else { return try await completeOverdue(session) }
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

  /// The runbook named, else the open rotation's. Nil where none is open and a new one is not asked for: what is overdue,
  /// and the answer with the last one, need none.
  private func load(_ session: Session) throws -> LoadedRunbook? {
    if let runbook { return try LoadedRunbook.file(runbook, session.configuration) }
    let ledger = try session.reader()
    let rotations = try ledger?.rotations() ?? []
    let open = rotations.filter(\.isUnderWay)
    if let ledger, let first = open.first {
      guard open.count == 1 else {
        throw RotationChoice.several(open, remedy: try open.map { try goOn(with: $0, ledger, session) })
      }
      return try LoadedRunbook.stored(first, in: ledger, session.configuration)
    }
    let isPlain = !(new || rebind || acceptForeign || reassert || forward)
    let isOverdue = rotations.contains { $0.isOverdue(at: session.clock.now()) }
    if isOverdue || isPlain && !rotations.isEmpty { return nil }
    throw ValidationError("Missing expected argument '<runbook>': no rotation is open to go on with")
  }

  private func goOn(with rotation: Rotation, _ ledger: any LedgerReader, _ session: Session) throws -> String {
    let command = NextCommand.of(try Standing(rotation, ledger: ledger, now: session.clock.now()), session)
    return "for \(rotation.id): \(command ?? session.commandLine("status \(rotation.id)"))"
  }

  private func completeOverdue(_ session: Session) async throws -> ExitStatus {
    try await session.driveExisting { state, progress in
      if let report = try await session.completeOverdue(state, progress) { return report }
      guard let last = try state.ledger.rotations().first, !last.phase.isFinal || last.phase == .completed else {
        throw Failure(
          .refused, "no rotation is open, and the last one went back; nothing was changed",
          remedy: ["open a new one with keyturn rotate RUNBOOK --new", "keyturn history tells of the last one"])
      }
      progress.observe(.note("no rotation is open; a new one is opened with keyturn rotate RUNBOOK"))
      return RunReport(standing: last)
    }
  }

  private func options(_ open: Rotation?, _ state: OpenState, _ session: Session) throws -> Engine.RotateOptions {
    if let until, until.isBackward || until == .abandoned, open?.rollback == nil {
      throw Failure(
        .refused,
        "--until \(until.rawValue) is no phase on the way forward, and no rollback is open; nothing was changed",
        remedy: ["stop at a phase before, such as proven", "or go back with keyturn rollback --reason TEXT"])
    }
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

  /// What this call was given besides its runbook, so that a hint asks for no more.
  private var flags: String {
    (wait ? " --wait" : "") + (new ? " --new" : "") + (until.map { " --until \($0.rawValue)" } ?? "")
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
          "open it with " + session.commandLine("rotate \(NextCommand.quoted(loaded.source.path)) --yes\(flags)"),
        ])
    }
    session.console.progress(PlanReport(plan, runbook: loaded.runbook).text(session.console))
    return try session.console.confirm("open this rotation", flag: "--yes")
  }
}
