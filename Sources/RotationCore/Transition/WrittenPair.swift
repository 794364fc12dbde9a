extension OpeningFacts {
  /// The pair that is live where no target and no beacon tells it: what the client's last rotation left in use, unless
  /// another was handed over since; else the only key in the store that can be it.
  var writtenLast: OutgoingFinding {
    let mine = rotations.filter { $0.isOf(runbook) }
    let left = mine.first?.keyLeftInUse
    // Kept for a way back, to come, or of another client.
    var others = Set(mine.filter { $0.phase == .retired }.map(\.outgoing.kid))
    for rotation in rotations where !rotation.isOf(runbook) {
      others.formUnion([rotation.outgoing.kid, rotation.incoming?.kid].compactMap(\.self))
    }
    if let use = runbook.key.use { others.insert(use) }
    if let left { others.remove(left.kid) }
    var candidates = sealed.filter { !others.contains($0.kid) }
    if let left, let last = mine.first, candidates.contains(where: { $0.reference == left }) {
      candidates.removeAll { $0.reference != left && ($0.origin != .adopted || $0.createdAt <= last.openedAt) }
    } else {
      candidates.narrow { portal.set?.lists($0.reference) ?? false }
      candidates.narrow { $0.origin == .adopted }
    }
    guard let key = candidates.first else {
      return .none("no target can be read back: hand the live pair over with keyturn keys adopt")
    }
    return candidates.count == 1
      ? .agreed(key.reference)
      : .none(
        "no target can be read back, and the store holds several keys that may be live (\(candidates.map(\.kid).joined)):"
          + " remove what is not in use, with keyturn keys destroy KID, and where the portal lists it there first")
  }
}

extension [SealedKey] {
  /// Of several, those that match, where any does.
  fileprivate mutating func narrow(_ matches: (SealedKey) -> Bool) {
    let left = filter(matches)
    if count > 1, !left.isEmpty { self = left }
  }
}

extension Rotation {
  /// What an ended rotation left in the targets; nil: it has not ended.
  fileprivate var keyLeftInUse: KeyReference? {
    switch phase {
    case .retired, .completed: incoming
    case .rolledBack, .abandoned: outgoing
    case .planned, .generated, .published, .proven, .swapped, .deployed, .verified, .republishing, .restoring,
      .restored:
      nil
    }
  }
}
