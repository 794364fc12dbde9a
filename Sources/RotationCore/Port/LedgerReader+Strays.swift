extension LedgerReader {
  /// Kids of ours that `set`, of the runbook's client, lists and nobody can use any more: known to the store's history
  /// with that public key, no private half in the store, `inUse` nowhere and named by no rotation that still counts on it.
  /// A write that landed late lists a destroyed key again, or somebody by hand.
  package func strays(in set: PortalKeySet, of runbook: Runbook, inUse: Set<KeyID> = []) throws -> [KeyID] {
    let mine = try rotations().filter { $0.isOf(runbook) }
    var kept = inUse.union(try sealedKeys().map(\.kid))
    kept.formUnion(mine.first?.keysInUse.map(\.kid) ?? [])
    for rotation in mine where !rotation.phase.isFinal {
      kept.formUnion([rotation.outgoing.kid, rotation.incoming?.kid].compactMap(\.self))
    }
    return try set.keys.filter { key in
      guard !kept.contains(key.kid) else { return false }
      return try publicKeys(everUsedWith: key.kid).contains { $0.n == key.n && $0.e == key.e }
    }.map(\.kid)
  }
}

extension KeyID {
  /// What an operator must hear of a stray key.
  package var strayWarning: String {
    "the portal lists kid \(self), a key of ours whose private half is destroyed (a late upload, or somebody's hand):"
      + " remove it there"
  }
}
