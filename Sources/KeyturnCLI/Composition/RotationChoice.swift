package import RotationCore
internal import RotationStore

/// Which rotation a command means: the one named, else the open one, else the last.
package enum RotationChoice {
  /// Throws a refusal for an unknown id (naming the known ones) and where several are open. Nil: there is none yet.
  package static func find(_ id: String?, in ledger: any LedgerReader) throws -> Rotation? {
    if let id {
      if let found = try ledger.rotation(RotationID(rawValue: id)) { return found }
      let known = try ledger.rotations().prefix(5).map(\.id.rawValue).joined(separator: ", ")
      throw Failure(
        .rotationUnknown, "there is no rotation \(id)",
        remedy: [known.isEmpty ? "no rotation was opened in this state yet" : "known, newest first: \(known)"])
    }
    let rotations = try ledger.rotations()
    let open = rotations.filter(\.isUnderWay)
    if open.count > 1 {
      throw several(open, remedy: ["name the one that is meant; keyturn status tells of each"])
    }
    return open.first ?? rotations.first
  }

  static func several(_ open: [Rotation], remedy: [String]) -> Failure {
    let names = open.map { "\($0.id) (client \($0.clientID) at \($0.issuer), \($0.phase.rawValue))" }
    return Failure(.refused, "several rotations are open: \(names.joined(separator: ", "))", remedy: remedy)
  }

  /// As `find`, for commands that can do nothing without one.
  package static func require(_ id: String?, in ledger: any LedgerReader, _ session: Session) throws -> Rotation {
    guard let rotation = try find(id, in: ledger) else { throw noneYet(session) }
    return rotation
  }

  package static func noneYet(_ session: Session) -> Failure {
    let path = session.stateFolder.path
    let hasLedger = (try? session.stateFolder.hasLedger()) ?? false
    return Failure(
      .rotationUnknown, hasLedger ? "no rotation was opened in \(path) yet" : NoRotationReport.nothing(at: path),
      remedy: ["name another state with --state", "or begin with keyturn plan RUNBOOK"])
  }
}
