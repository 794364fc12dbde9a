package import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Where the passphrase of the sealed keys comes from, in this order: `KEYTURN_PASSPHRASE`, the file that
/// `KEYTURN_PASSPHRASE_FILE` names, the systemd credential `keyturn-passphrase`, a prompt.
package enum Passphrase {
  static let variable = "KEYTURN_PASSPHRASE"
  static let fileVariable = "KEYTURN_PASSPHRASE_FILE"
  static let credential = "keyturn-passphrase"
  private static let sizeLimit = 65_536

  /// What is set up without asking anybody; nil when nothing is.
  package static func configured(_ configuration: Configuration) throws(Failure) -> SecretBytes? {
    if let text = configuration.variable(variable) { return SecretBytes(utf8: text) }
    if let path = configuration.variable(fileVariable) {
      return try read(configuration.absolute(path), fileVariable, configuration)
    }
    if let folder = configuration.variable("CREDENTIALS_DIRECTORY") {
      let path = folder + "/" + credential
      if access(path, F_OK) == 0 { return try read(path, "the systemd credential", configuration) }
    }
    return nil
  }

  /// The passphrase, or a refusal before anything is made. `isNew`: nothing is sealed under one yet, so that a typed one
  /// is asked for twice.
  package static func required(_ session: Session, isNew: Bool) throws(Failure) -> SecretBytes {
    if let passphrase = try configured(session.configuration) { return passphrase }
    let prompt = isNew ? "new passphrase that seals the private keys" : "passphrase of the sealed keys"
    guard let typed = session.console.secret(prompt)?.reveal(), !typed.isEmpty else { throw missing }
    if isNew, session.console.secret("once more")?.reveal() != typed {
      throw Failure(.refused, "the two passphrases differ; nothing was made", remedy: ["run it again"])
    }
    return SecretBytes(utf8: typed)
  }

  package static let missing = Failure(
    .passphraseMissing, "the passphrase that seals the private keys is missing; nothing was made or changed",
    remedy: [
      "set KEYTURN_PASSPHRASE_FILE to a file that holds it (or KEYTURN_PASSPHRASE, or the systemd credential"
        + " keyturn-passphrase)"
    ])

  /// The file's bytes without one line break at the end.
  private static func read(_ path: String, _ source: String, _ configuration: Configuration) throws(Failure)
    -> SecretBytes
  {
    func unreadable(_ reason: String) -> Failure {
      Failure(
        .passphraseMissing, "\(source): \(path) \(reason); nothing was made or changed",
        remedy: ["name a file that this user can read and that holds the passphrase"])
    }
    let passphrase = SecretFile.withoutLineBreak(
      try SecretFile.contents(path, limit: sizeLimit, configuration, refusal: unreadable))
    guard passphrase.count > 0 else { throw unreadable("is empty") }
    return passphrase
  }
}
