import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import KeyMaterial

@Suite(.enabled(if: ForeignTool.openssl.isPresentOrDemanded, "needs openssl"))
struct PKCS12Tests {
  private let scratch: Scratch
  private let key: String
  private let password: String
  private let certificate: String

  init() throws {
    scratch = try Scratch()
    key = try scratch.file("key.pem", Data(TestKeys.pem().utf8))
    password = try scratch.file("password", Data("påssord".utf8))
    let subject = "/C=NO/O=ÅS KOMMUNE/serialNumber=991825827/CN=ÅS KOMMUNE"
    let made = try ForeignTool.openssl.output(
      ["req", "-x509", "-utf8", "-key", key, "-subj", subject, "-days", "30", "-set_serial", "17"])
    certificate = try scratch.file("certificate.pem", made)
  }

  private func container(_ arguments: [String] = []) throws -> Data {
    try ForeignTool.openssl.output(
      ["pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout", "file:\(password)"] + arguments)
  }

  private func read(_ file: Data, _ password: String = "påssord") throws -> PKCS12File {
    try PKCS12File(reading: file, password: SecretBytes(utf8: password))
  }

  @Test(arguments: [
    [], ["-legacy"], ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"],
    ["-keypbe", "NONE", "-certpbe", "NONE"],
  ])
  func `the key and the certificate of a file are read, old ciphers included`(arguments: [String]) throws {
    let file = try read(container(arguments))
    let (publicKey, pem) = (file.publicKey, TestKeys.text(file.privateKey))
    #expect(try publicKey == TestKeys.sealed.get().reference.publicKey)
    #expect(try pem == TestKeys.pem())
    let certificate = file.certificate
    let summary = try #require(certificate)
    #expect(summary.subject == "CN=ÅS KOMMUNE,serialNumber=991825827,O=ÅS KOMMUNE,C=NO")
    #expect(summary.issuer == summary.subject)
    #expect(summary.notAfter.timeIntervalSince(summary.notBefore) == 30 * 86_400)
    let told = try ForeignTool.openssl.output(
      ["x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256", "-enddate", "-dateopt", "iso_8601"])
    let text = String(decoding: told, as: UTF8.self)
    #expect(text.replacingOccurrences(of: ":", with: "").lowercased().contains(summary.fingerprint))
    let end = summary.notAfter.formatted(.iso8601.dateTimeSeparator(.space))
    #expect(text.contains("notAfter=\(end)"))
  }

  @Test func `an imported key signs as the one that was exported`() throws {
    let file = try read(container())
    let store = TestKeys.store()
    let pair = SigningPair(kid: KeyID("virksomhet"), privateKey: file.privateKey.copy())
    let sealed = try store.seal(pair, algorithm: .RS256, origin: .imported, at: TestKeys.now)
    #expect(sealed.origin == .imported)
    let publicKey = file.publicKey
    #expect(sealed.reference.publicKey == publicKey)
    #expect(throws: Never.self) { try TestKeys.store().check(sealed) }
  }

  @Test func `a wrong password is named as that`() throws {
    let file = try container()
    #expect(try failure { try read(file, "wrong") }.code == .passphraseWrong)
    #expect(try failure { try read(file, "") }.code == .passphraseWrong)
  }

  @Test func `what is no PKCS#12 file, or a damaged one, is refused`() throws {
    let file = try container()
    #expect(try failure { try read(Data()) }.code == .keyUnusable)
    #expect(try failure { try read(Data("not a container".utf8)) }.code == .keyUnusable)
    #expect(try failure { try read(file.prefix(400)) }.code == .keyUnusable)
    #expect(try failure { try read(Data(TestKeys.pem().utf8)) }.code == .keyUnusable)
  }

  @Test func `a file without a MAC, or with one that would take for ever, is refused`() throws {
    #expect(try failure { try read(container(["-nomac"])) }.summary.contains("no MAC"))
    var costly = try container(["-iter", "65536"])
    // The MAC's own count is the last thing in the file.
    let rounds = try #require(costly.range(of: Data([0x02, 0x03, 0x01, 0x00, 0x00]), options: .backwards))
    costly.replaceSubrange(rounds, with: [0x02, 0x03, 0x7F, 0xFF, 0xFF])
    #expect(try failure { try read(costly) }.summary.contains("8388607 rounds"))
  }

  @Test(.timeLimit(.minutes(5)))
  func `no damage of a file traps or hangs`() throws {
    let hostile = Hostile([try container(), try container(["-legacy"])], splices: ["\u{0}", "0\u{3}", "\u{2}\u{4}"])
    var (inputs, refused) = (0, 0)
    hostile.each(Hostile.cases / 5) { bytes in
      inputs += 1
      do {
        let file = try read(bytes)
        #expect(file.publicKey.bits == 2048)
      } catch { refused += error is Failure ? 1 : 0 }
    }
    #expect(refused > Hostile.cases / 20)
    Hostile.tell("PKCS#12", inputs: inputs, refused: refused)
  }

  @Test func `a file without a private key, or with one of another type, is refused`() throws {
    let certificatesOnly = try ForeignTool.openssl.output(
      ["pkcs12", "-export", "-nokeys", "-in", certificate, "-passout", "file:\(password)"])
    #expect(try failure { try read(certificatesOnly) }.summary.contains("no private key"))

    let elliptic = try scratch.file(
      "ec.pem",
      ForeignTool.openssl.output(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]))
    let its = try scratch.file(
      "ec-certificate.pem",
      ForeignTool.openssl.output(["req", "-x509", "-key", elliptic, "-subj", "/CN=app", "-days", "30"]))
    let file = try ForeignTool.openssl.output(
      ["pkcs12", "-export", "-inkey", elliptic, "-in", its, "-passout", "file:\(password)"])
    #expect(try failure { try read(file) }.summary.contains("type EC"))
  }
}
