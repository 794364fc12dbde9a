internal import RotationCore

/// The exact command that goes on from where a rotation stands.
enum NextCommand {
  /// Nil at an end.
  static func of(_ standing: Standing, _ session: Session) -> String? {
    let rotation = standing.rotation
    let id = rotation.id.rawValue
    guard standing.next != nil else { return nil }
    if let guardName = standing.waiting.guardName, standing.waiting.on == .person {
      if let fact = AttestedFact.allCases.first(where: { guardName == "attested(\($0.rawValue))" }) {
        return session.commandLine("attest \(fact.rawValue) \(id)")
      }
      if let step = ApprovedStep.allCases.first(where: { guardName == "approved(\($0.rawValue))" }) {
        return session.commandLine("approve \(step.rawValue) \(id) --operator NAME --reason TEXT")
      }
    }
    if standing.waiting.on == .person, rotation.failure?.remedy.contains(Failure.reassert) == true {
      return session.commandLine("rotate --reassert --reason TEXT")
    }
    if rotation.isGoingBack || rotation.rollbackAsked != nil { return session.commandLine("rollback \(id)") }
    if rotation.phase == .retired { return session.commandLine("advance \(id)") }
    return session.commandLine("rotate \(standing.source.map { quoted(path(of: $0, session)) } ?? "RUNBOOK")")
  }

  /// As it was given, where that still means the same file from here; else absolute.
  private static func path(of source: StoredRunbook, _ session: Session) -> String {
    let name = source.path.split(separator: "/").last.map(String.init) ?? source.path
    let absolute = (source.folder == "/" ? "" : source.folder) + "/" + name
    return session.configuration.absolute(source.path) == absolute ? source.path : absolute
  }

  /// A path as a shell takes it.
  static func quoted(_ path: String) -> String {
    let plain = path.utf8.allSatisfy { KeyID.isAllowed($0) || $0 == UInt8(ascii: "/") }
    return plain && !path.isEmpty ? path : "'" + path.replacing("'", with: "'\\''") + "'"
  }
}
