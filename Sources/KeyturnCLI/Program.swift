internal import ArgumentParser
internal import Neighbours
internal import RotationCore

/// The program: from arguments to an exit code, with every failure told in one way.
package enum Program {
  package static let version = "0.1.0"

  /// Runs one command to its end; `arguments` are without the program's name. Returns the process' exit code.
  package static func run(_ arguments: [String], _ configuration: Configuration) async -> Int32 {
    let status = await answer(arguments, configuration)
    guard let reason = configuration.streams.lostOutput() else { return status }
    Console(streams: configuration.streams).error(
      "standard output cannot be written: \(reason)",
      hints: ["make room there or send it elsewhere; keyturn status tells again where a rotation stands"])
    return status == ExitStatus.done.rawValue ? ExitStatus.failed.rawValue : status
  }

  private static func answer(_ arguments: [String], _ configuration: Configuration) async -> Int32 {
    let command: any ParsableCommand
    do {
      command = try Keyturn.parseAsRoot(arguments)
      guard command is any Verb else {
        var command = command
        try command.run()
        return ExitStatus.done.rawValue
      }
    } catch { return tell(error, arguments, configuration) }
    guard let verb = command as? any Verb else { return ExitStatus.failed.rawValue }
    let session = Session(configuration, verb.global, command: words(of: arguments))
    if let name = configuration.variable("KEYTURN_OPERATOR"), verb.global.operatorName == nil,
      !GlobalOptions.isName(name)
    {
      return tell(ValidationError("KEYTURN_OPERATOR takes \(GlobalOptions.nameRule)"), arguments, configuration)
    }
    let trace = RequestTrace.span(
      under: configuration.variable("TRACEPARENT"), correlationID: configuration.variable("KEYTURN_CORRELATION_ID"))
    let status = await RequestTrace.$current.withValue(trace) { await run(verb, session, arguments) }
    await configuration.signals.finish()
    return status
  }

  private static func run(_ verb: any Verb, _ session: Session, _ arguments: [String]) async -> Int32 {
    do { return try await run(verb, session).rawValue } catch let rejected as RejectedRunbook {
      return tell(rejected, session)
    } catch is CancellationError {
      return tell(Session.stopped, verb, session)
    } catch let failure as Failure {
      return tell(failure, verb, session)
    } catch let error as ValidationError {
      return tell(error, arguments, session.configuration)
    } catch {
      return tell(Failure(.internalError, "unexpected: \(type(of: error))"), verb, session)
    }
  }

  /// A wish to stop that the command does not hear itself cancels it: its calls end at once.
  private static func run(_ verb: any Verb, _ session: Session) async throws -> ExitStatus {
    // A command that listens itself comes after this one, and is the one to be heard.
    let listening = AsyncStream.makeStream(of: Never.self)
    let work = Task {
      for await _ in listening.stream {}
      try session.refuseWhenStopped()
      return try await verb.run(session)
    }
    let signals = StopSignals(session.stop) {
      session.console.note("stopping; once more ends at once")
      work.cancel()
    }
    defer { signals.release() }
    listening.continuation.finish()
    return try await work.value
  }

  /// A sentence's first letter is small, a variable's name stays as it is.
  private static func inLowerCase(_ message: String) -> String {
    message.prefix(2).allSatisfy(\.isUppercase) ? message : message.prefix(1).lowercased() + message.dropFirst()
  }

  /// Help, version and completion scripts are answers; everything else that the parser throws is bad usage.
  private static func tell(_ error: any Error, _ arguments: [String], _ configuration: Configuration) -> Int32 {
    guard Keyturn.exitCode(for: error) != .success else {
      configuration.streams.out(Keyturn.fullMessage(for: error) + "\n")
      return ExitStatus.done.rawValue
    }
    let unknown = UnknownSubcommand(in: arguments)
    let words = words(of: arguments)
    let help = "keyturn help" + (words.isEmpty ? "" : " " + words)
    let failure = Failure(
      .inputInvalid, unknown?.summary ?? inLowerCase(Keyturn.message(for: error)),
      remedy: unknown?.hints ?? ["see \(help)"])
    let console = Console(streams: configuration.streams, json: arguments.contains("--json"))
    console.error(failure)
    if console.json { console.document(FailureReport(failure).json) }
    return ExitStatus.usage.rawValue
  }

  private static func tell(_ rejected: RejectedRunbook, _ session: Session) -> Int32 {
    let failure = rejected.failure
    for line in rejected.lines { session.console.error(line, hints: []) }
    for hint in failure.hints { session.console.hint(hint) }
    if session.console.json {
      session.console.document(FailureReport(failure, findings: rejected.findings).json)
    }
    return ExitStatus.badInput.rawValue
  }

  private static func tell(_ failure: Failure, _ verb: any Verb, _ session: Session) -> Int32 {
    let status = ExitStatus(failure.code)
    let subject = subject(status, verb, session)
    var failure = failure
    if status == .midway, let subject {
      failure = (try? session.placed(failure, in: subject.rotation, subject.ledger)) ?? failure
    }
    failure = session.addressed(failure)
    session.console.error(failure)
    guard session.console.json else { return status.rawValue }
    let outcome: Outcome = status == .failed ? .failed : status == .midway ? .midway : .refused
    let report = subject.flatMap {
      try? RotationReport($0.rotation, ledger: $0.ledger, session: session, outcome: outcome, failure: failure)
    }
    session.console.document(report?.json ?? FailureReport(failure).json)
    return status.rawValue
  }

  /// The rotation that the command was about, where readers can tell.
  private static func subject(_ status: ExitStatus, _ verb: any Verb, _ session: Session) -> (
    rotation: Rotation, ledger: any LedgerReader
  )? {
    guard [.failed, .refused, .midway, .waiting, .wentBack, .busy].contains(status),
      let ledger = try? session.reader(), let rotation = try? verb.subject(in: ledger, session)
    else { return nil }
    return (rotation, ledger)
  }

  /// The command's own words, without any argument's value.
  static func words(of arguments: [String]) -> String {
    var type: any ParsableCommand.Type = Keyturn.self
    var words: [String] = []
    for argument in arguments {
      guard let next = type.configuration.subcommands.first(where: { $0.configuration.commandName == argument }) else {
        break
      }
      type = next
      words.append(argument)
    }
    return words.joined(separator: " ")
  }
}
