extension RotationRun {
  /// The outgoing private half is destroyed: no sealed copy remains in any byte of the state's files.
  func destroyKey() throws {
    try end(in: .completed, by: .destroyKey, destroying: rotation.outgoing)
  }

  /// Ends the rotation and destroys `key` in one commit. When the destruction cannot be proven the phase stays, and the
  /// next run proves it first. What was proven with the key is durable before it goes: nothing could prove it again.
  func end(
    in phase: Phase, by step: Step, destroying key: KeyReference?, _ details: [String: JSONValue] = [:]
  ) throws {
    if key != nil, rotation.revision > 0 { try save() }
    let before = draft
    if let key {
      keys.forget(key.kid)
      record("key_destroyed", kid: key.kid, ["thumbprint": .string(key.thumbprint.rawValue)])
    }
    move(to: phase, by: step, kid: key?.kid, details)
    do { try save(destroys: key.map { [$0.kid] } ?? []) } catch let failure as Failure where failure.code == .stopped {
      draft = before
      throw Stop.midway(failure)
    }
  }
}
