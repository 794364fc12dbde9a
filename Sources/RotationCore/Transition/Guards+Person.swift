extension Guard where Input == Facts {
  /// Enough people other than the opener approved this step, for the plan as it stands.
  static func approved(_ step: ApprovedStep) -> Self {
    Guard("approved(\(step.rawValue))") { facts in
      let rotation = facts.rotation
      let needed = step == .swap ? rotation.approvalsNeeded.swap : rotation.approvalsNeeded.retire
      guard needed > 0 else { return .yes("no approval is asked for") }
      if rotation.emergency { return .yes("emergency: no approval holds it back") }
      if step == .retire, rotation.retireActed != nil { return .yes("the removal was already sent") }
      let people = Set(
        rotation.approvals.filter {
          $0.step == step && $0.planDigest == rotation.planDigest && $0.by != rotation.openedBy
        }.map(\.by)
      ).sorted()
      return people.count >= needed
        ? .yes("approved by \(people.joined(separator: ", "))")
        : .no(
          "\(people.count) of \(needed) approvals: somebody other than \(rotation.openedBy) runs"
            + " keyturn approve \(step.rawValue) \(rotation.id) --reason TEXT", .person)
    }
  }

  /// From `retired` only the client's last rotation can go back.
  static var lastRotation: Self {
    Guard("lastRotation") { facts in
      guard facts.rotation.phase == .retired else { return .yes("the rotation is open") }
      return facts.rotation.laterRotation(among: facts.others)
        .map { .no("a later rotation, \($0.id), exists: roll that one back instead") }
        ?? .yes("no later rotation exists")
    }
  }
}

extension Rotation {
  /// A rotation of the same client opened after this one; those rolled back or abandoned do not count.
  package func laterRotation(among others: [Rotation]) -> Rotation? {
    others.first {
      $0.clientID == clientID && $0.issuer == issuer && $0.openedAt > openedAt && $0.id != id
        && $0.phase != .rolledBack && $0.phase != .abandoned
    }
  }
}
