extension Guard where Input == Facts {
  /// Enough people other than the opener approved this step, for the plan as it stands. Never holds back the end of a
  /// lockout.
  static func approved(_ step: ApprovedStep) -> Self {
    Guard("approved(\(step.rawValue))") { facts in
      let rotation = facts.rotation
      let needed = rotation.approvalsNeeded[step]
      guard needed > 0 else { return .yes("no approval is asked for") }
      if step == .retire, facts.isRemovalSent { return .yes(facts.removalWords) }
      if facts.endsLockout { return .yes("\(facts.lockoutWords): no approval holds back its end") }
      let given = rotation.approvals.filter { $0.step == step }
      let valid = given.filter { $0.planDigest == rotation.planDigest }
      if let solo = valid.first(where: { $0.solo == true && $0.by.isSameName(as: rotation.openedBy) }) {
        return .yes("approved by \(solo.by) alone, who opened the rotation: \(solo.reason)")
      }
      let people = valid.map(\.by).reduce(into: [String]()) { people, name in
        if !(people + [rotation.openedBy]).contains(where: name.isSameName) { people.append(name) }
      }.sorted()
      if people.count >= needed { return .yes("approved by \(people.joined(separator: ", "))") }
      let stale = given.count - valid.count
      let lapsed = stale == 0 ? "" : " (\(stale) given before the plan changed: stale)"
      return .no(
        "\(people.count) of \(needed) approvals\(lapsed): somebody other than"
          + " \(([rotation.openedBy] + people).joined(separator: " and ")) runs"
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
