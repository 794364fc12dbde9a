extension RotationRun {
  /// The incoming private half: generated, or `key.use` from the store; sealed and read back before anything leaves.
  func generateKey() throws {
    let now = clock.now()
    let sealed: SealedKey
    if let kid = runbook.key.use {
      guard let key = try ledger.sealedKey(kid) else {
        throw Stop.refused(
          "key.use names kid \(kid), which is not in the store",
          remedy: ["take it in: keyturn keys import --kid \(kid) --pkcs12 FILE"])
      }
      sealed = key
    } else {
      sealed = try keys.generate(bits: runbook.key.bits, algorithm: runbook.key.algorithm, at: now) {
        runbook.key.kid(day: now.utcDay, thumbprint: $0)
      }
    }
    let kid = sealed.kid
    guard try ledger.publicKeys(everUsedWith: kid).allSatisfy({ $0 == sealed.reference.publicKey }) else {
      throw Stop.refused("kid \(kid) was already used with another public key", remedy: ["change key.kid"])
    }
    try keys.check(sealed)
    if runbook.key.use == nil { seal(sealed) }
    rotation.incoming = sealed.reference
    recordSealed(sealed)
    move(to: .generated, by: .generateKey, kid: kid)
  }
}
