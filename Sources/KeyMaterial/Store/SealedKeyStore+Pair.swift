package import RotationCore

extension SealedKeyStore {
  /// A new pair in clear, sealed nowhere: for an issuer or an app that the simulator plays, never for a rotation.
  package static func makePair(bits: Int = 2048, kid: (Thumbprint) -> KeyID) throws -> SigningPair {
    let key = try PrivateKey.generateRSA(bits: bits)
    return SigningPair(kid: kid(try key.publicKey().thumbprint), privateKey: try key.pem())
  }
}
