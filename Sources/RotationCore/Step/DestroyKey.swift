extension RotationRun {
  /// The outgoing private half is destroyed: no sealed copy remains in any byte of the state's files.
  func destroyKey() throws {
    let kid = rotation.outgoing.kid
    keys.forget(kid)
    record("key_destroyed", kid: kid, ["thumbprint": .string(rotation.outgoing.thumbprint.rawValue)])
    move(to: .completed, by: .destroyKey, kid: kid)
    try saveDestroying([kid])
  }

  /// Saves with keys to destroy. When the destruction cannot be proven the phase stays.
  func saveDestroying(_ kids: [KeyID]) throws {
    do { try save(destroys: kids) } catch let failure as Failure {
      throw Stop.midway(failure)
    }
  }
}
