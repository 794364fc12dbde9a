internal import Primitives
internal import RotationCore

extension Failure {
  /// A key that cannot be used, with libcrypto's reasons as the cause; drains its error queue.
  static func keyUnusable(_ summary: String, remedy: String...) -> Failure {
    Failure(.keyUnusable, summary, remedy: remedy, cause: LibcryptoErrors.drain())
  }

  /// A call that libcrypto refused although its input was sound.
  static func libcrypto(_ verb: String) -> Failure {
    keyUnusable(
      "libcrypto could not \(verb)", remedy: "check free memory and the openssl installation, then run it again")
  }

  /// The same failure, its summary beginning with the key's name.
  func naming(_ kid: KeyID) -> Failure {
    var named = self
    named.summary = "key \(kid): \(summary)"
    return named
  }
}
