internal import ArgumentParser
internal import Foundation
internal import KeyMaterial
internal import RotationCore

/// `keyturn keys import`
struct KeysImportCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Seal the private key of a PKCS#12 file, such as a virksomhetssertifikat's.",
    discussion: """
      The file's password comes from KEYTURN_PKCS12_PASSWORD, from the file that KEYTURN_PKCS12_PASSWORD_FILE names, \
      or from a prompt. A runbook takes the key with `key.use: KID`.

      Examples:
        keyturn keys import --kid apier-2027 --pkcs12 certificate.p12
      """)

  @Option(help: ArgumentHelp("The kid to list it under.", valueName: "kid"))
  var kid: String

  @Option(help: ArgumentHelp("The .p12 or .pfx file.", valueName: "file"))
  var pkcs12: String

  @Option(help: ArgumentHelp("RS256, RS384 or RS512.", valueName: "alg"))
  var algorithm = SigningAlgorithm.RS256

  @OptionGroup var global: GlobalOptions

  func run(_ session: Session) async throws -> ExitStatus {
    let path = session.configuration.absolute(pkcs12)
    guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= SecretFile.sizeLimit else {
      throw Failure(
        .inputInvalid, "\(path) cannot be read, or is too long for a PKCS#12 file", remedy: ["name the .p12 file"])
    }
    let secret = try password(session)
    let file: PKCS12File
    do { file = try PKCS12File(reading: bytes, password: secret) } catch let failure as Failure {
      throw failure.asInput
    }
    if let certificate = file.certificate {
      session.console.note(
        "the certificate is \(certificate.subject), valid until \(certificate.notAfter.iso8601), issued by"
          + " \(certificate.issuer)")
    }
    let pair = SigningPair(kid: KeyID(kid), privateKey: file.privateKey.copy())
    return try session.takeIn(pair, algorithm: algorithm, origin: .imported)
  }

  private func password(_ session: Session) throws(Failure) -> SecretBytes {
    if let text = session.configuration.environment[Self.variable] { return SecretBytes(utf8: text) }
    if let path = session.configuration.variable(Self.variable + "_FILE") {
      return try SecretFile.readLine(session.configuration.absolute(path), session.configuration)
    }
    guard let typed = session.console.secret("password of the PKCS#12 file") else {
      throw Failure(
        .passphraseMissing, "the password of the PKCS#12 file is missing; nothing was changed",
        remedy: ["set \(Self.variable) or \(Self.variable)_FILE"])
    }
    return SecretBytes(utf8: typed.reveal())
  }

  private static let variable = "KEYTURN_PKCS12_PASSWORD"
}
