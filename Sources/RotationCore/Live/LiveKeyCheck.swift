/// Whether a PEM will sign: asked of the code that signs, since a probe that is kinder than the app proves nothing.
package protocol LiveKeyCheck: Sendable {
  /// Parses as Node's `crypto.createPrivateKey` does and signs a dummy assertion; nil where both went well. No network.
  func fault(of privateKey: borrowing SecretBytes, kid: KeyID) -> LiveKeyFault?
}

/// Why a private key is unusable.
package struct LiveKeyFault: Sendable, Hashable {
  /// The wrong PEM shape's name (`literal-newlines`, …), or `not-rsa`, `too-short`, `inconsistent`.
  package var shape: String
  /// A sentence without its full stop, and never a byte of the key.
  package var problem: String
  package var remedy: String

  package init(shape: String, problem: String, remedy: String) {
    self.shape = shape
    self.problem = problem
    self.remedy = remedy
  }
}
