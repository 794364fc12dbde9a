internal import ArgumentParser
internal import ControlServer
internal import Foundation
internal import Neighbours
internal import RotationCore

/// `keyturn expiry`
struct ExpiryCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "expiry", abstract: "When each of the client's keys expires, and when a rotation must begin.",
    discussion: """
      Reads the portal. The latest safe start is counted back from a key's end: overlap, verification, the \
      maintenance window, propagation. Exit 0: all are far off; 5: one is within timing.expiry_warning, past it, or \
      its end is not known; 69: the portal does not answer. The receivers of notify: are told of the keys within the \
      warning time. A key that was ours and whose private half is destroyed is named on standard error. \
      --textfile writes the keys' metrics of /metrics to a file for node_exporter's textfile collector, whole or not \
      at all; without an answer of the portal the last one stays, with the hour at which it was seen.

      Examples:
        keyturn expiry Runbooks/maskinporten-production.yaml
        keyturn expiry Runbooks/maskinporten-production.yaml --json
        keyturn expiry Runbooks/maskinporten-production.yaml --textfile /var/lib/node_exporter/keyturn.prom
      """)

  @Argument(help: "The runbook's file.", completion: .file(extensions: ["yaml", "yml"]))
  var runbook: String
  @Option(help: ArgumentHelp("Write the keys' metrics to this file.", valueName: "file.prom"), completion: .file())
  var textfile: String?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard let textfile, !textfile.hasSuffix(".prom") else { return }
    throw ValidationError("--textfile takes a name that ends in .prom, since the collector reads no other")
  }

  func run(_ session: Session) async throws -> ExitStatus {
    let loaded = try LoadedRunbook.file(runbook, session.configuration)
    let runbook = loaded.runbook
    guard let portal = try Composition(session.configuration).portal(of: runbook, keys: PublicHalves()) else {
      session.console.answer(Self.report(runbook, [], at: session.clock.now()))
      session.console.note("a manual portal cannot be read: its keys page (Nøkler) lists valid_until")
      return .waiting
    }
    let set: PortalKeySet
    do { set = try await portal.read() } catch {
      throw ((error as? NeighbourTrouble).map(Self.failure) ?? (error as? TokenRefusal).map(Self.failure))
        ?? Failure(.internalError, "the portal could not be read")
    }
    let now = session.clock.now()
    let keys = set.keys.map { key in
      KeyExpiry(
        of: key, timing: runbook.timing, verification: runbook.verification, window: runbook.window, at: now)
    }
    let report = Self.report(runbook, keys, at: now)
    session.console.answer(report)
    for kid in try session.reader()?.strays(in: set, of: runbook) ?? [] { session.console.warning(kid.strayWarning) }
    if let textfile {
      try OpenFile.replace(
        session.configuration.absolute(textfile), with: Data(KeyMetrics(keySets: report.sets).text.utf8))
    }
    try await session.notify(keys.compactMap(ExpiryNotice.init), loaded)
    return keys.isEmpty || keys.contains { $0.standing != .far } ? .waiting : .done
  }

  private static func report(_ runbook: Runbook, _ keys: [KeyExpiry], at now: Date) -> ExpiryReport {
    let maskinporten = runbook.maskinporten
    return ExpiryReport(sets: [
      SeenKeySet(issuer: maskinporten.issuer, clientID: maskinporten.clientID, seenAt: now, keys: keys)
    ])
  }

  private static func failure(_ trouble: NeighbourTrouble) -> Failure {
    Failure(
      trouble.kind == .rejected ? .neighbourRejected : .neighbourUnreachable,
      "the portal could not be read: \(trouble.detail)", remedy: ["check the admin client, then run it again"])
  }

  private static func failure(_ refusal: TokenRefusal) -> Failure {
    Failure(
      refusal.failureCode, "Maskinporten refused the admin client's token: \(refusal.words)",
      remedy: ["check PORTAL_ADMIN_KID and its key"], traceID: refusal.traceID, mpCode: refusal.mpCode)
  }
}
