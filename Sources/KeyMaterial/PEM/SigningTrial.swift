internal import Foundation
package import RotationCore

/// Tries a PEM as the live client will use it: read like Node's `crypto.createPrivateKey`, then one dummy assertion.
package struct SigningTrial: LiveKeyCheck {
  package init() {}

  package func fault(of privateKey: borrowing SecretBytes, kid: KeyID) -> LiveKeyFault? {
    let key: PrivateKey
    do { key = try PrivateKey.reading(privateKey) } catch {
      let shape = PEMShape.lint(privateKey)
      return LiveKeyFault(shape: shape.rawValue, problem: shape.problem, remedy: shape.remedy)
    }
    do {
      let reference = KeyReference(kid: kid, algorithm: .RS256, publicKey: try key.publicKey())
      _ = try RSASigner(reference: reference, key: key).sign(claims: ["sub": "readiness"])
      return nil
    } catch {
      let failure = error as? Failure
      return LiveKeyFault(
        shape: "unusable-key", problem: failure?.summary ?? "it signs nothing",
        remedy: failure?.remedy.first ?? PEMShape.damaged.remedy)
    }
  }
}
