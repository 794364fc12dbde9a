internal import RotationCore

/// What a process holds of opened keys: each once, however many kids name it.
struct OpenedKeys: Sendable {
  private struct Entry {
    let key: PrivateKey
    var kids: Set<KeyID>
  }

  private var entries: [Thumbprint: Entry] = [:]

  mutating func key(for reference: KeyReference) -> PrivateKey? {
    entries[reference.thumbprint]?.kids.insert(reference.kid)
    return entries[reference.thumbprint]?.key
  }

  mutating func remember(_ key: PrivateKey, as reference: KeyReference) {
    entries[reference.thumbprint, default: Entry(key: key, kids: [])].kids.insert(reference.kid)
  }

  mutating func forget(_ kid: KeyID) { entries = entries.filter { !$0.value.kids.contains(kid) } }
}
