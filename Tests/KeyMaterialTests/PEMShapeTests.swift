import Foundation
import RotationCore
import Testing

@testable import KeyMaterial

/// One way of writing a PEM: what it makes of a right one, and the shape that must be named (nil: it is usable).
struct PEMSpelling: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: PEMShape?
  let spell: @Sendable (String) -> String
  var testDescription: String { name }

  init(_ name: String, _ shape: PEMShape?, _ spell: @escaping @Sendable (String) -> String) {
    self.name = name
    self.shape = shape
    self.spell = spell
  }

  private static func lines(_ pem: String) -> [Substring] { pem.split(separator: "\n") }

  /// The table of what `crypto.createPrivateKey` takes and refuses, and more.
  static let all = [
    PEMSpelling("exact", nil) { $0 },
    PEMSpelling("no trailing newline", nil) { String($0.dropLast()) },
    PEMSpelling("CRLF", nil) { $0.replacingOccurrences(of: "\n", with: "\r\n") },
    PEMSpelling("trailing blanks", nil) { $0.replacingOccurrences(of: "\n", with: "  \n") },
    PEMSpelling("BOM in front", nil) { "\u{FEFF}" + $0 },
    PEMSpelling("text before BEGIN", nil) { "Bag Attributes\n  friendlyName: app\n\n" + $0 },
    PEMSpelling("text after END", nil) { $0 + "\nkept with care\n" },
    PEMSpelling("base64 body on one line", nil) { pem in
      let lines = lines(pem)
      return "\(lines[0])\n\(lines.dropFirst().dropLast().joined())\n\(lines[lines.count - 1])\n"
    },
    PEMSpelling("two keys", nil) { $0 + RSAVector.rfc7520.pem },
    PEMSpelling("literal \\n", .literalNewlines) { $0.replacingOccurrences(of: "\n", with: "\\n") },
    PEMSpelling("literal \\r\\n", .literalNewlines) { $0.replacingOccurrences(of: "\n", with: "\\r\\n") },
    PEMSpelling("newlines as blanks", .newlinesAsSpaces) { $0.replacingOccurrences(of: "\n", with: " ") },
    PEMSpelling("all on one line", .singleLine) { $0.replacingOccurrences(of: "\n", with: "") },
    PEMSpelling("double quotes", .surroundingQuotes) { "\"\($0)\"" },
    PEMSpelling("single quotes", .surroundingQuotes) { "'\($0)'" },
    PEMSpelling("quotes and literal \\n", .surroundingQuotes) {
      "\"\($0.replacingOccurrences(of: "\n", with: "\\n"))\""
    },
    PEMSpelling("leading blank", .leadingBlank) { " " + $0 },
    PEMSpelling("indented lines", .indentedLines) { lines($0).map { "  " + $0 }.joined(separator: "\n") },
    PEMSpelling("tabs in front", .indentedLines) { lines($0).map { "\t" + $0 }.joined(separator: "\n") },
    PEMSpelling("blank lines between", .blankLinesBetween) { $0.replacingOccurrences(of: "\n", with: "\n\n") },
    PEMSpelling("base64 of the PEM", .base64OfPEM) { Data($0.utf8).base64EncodedString() },
    PEMSpelling("base64 of the PEM in quotes", .base64OfPEM) { "\"\(Data($0.utf8).base64EncodedString())\"" },
    PEMSpelling("first line only", .firstLineOnly) { String(lines($0)[0]) },
    PEMSpelling("no END line", .truncated) { lines($0).dropLast().joined(separator: "\n") },
    PEMSpelling("cut in the body", .truncated) { String($0.prefix(700)) },
    PEMSpelling("body without its lines", .noArmour) { lines($0).dropFirst().dropLast().joined(separator: "\n") },
    PEMSpelling("a path", .filePath) { _ in "/etc/app/key.pem" },
    PEMSpelling("a JWK", .jwk) { _ in #"{"kty":"RSA","n":"x"}"# },
    PEMSpelling("CR alone", .otherLineBreaks) { $0.replacingOccurrences(of: "\n", with: "\r") },
    PEMSpelling("U+2028", .otherLineBreaks) { $0.replacingOccurrences(of: "\n", with: "\u{2028}") },
    PEMSpelling("percent-encoded", .percentEncoded) { $0.replacingOccurrences(of: "\n", with: "%0A") },
    PEMSpelling("empty", .empty) { _ in "" },
    PEMSpelling("blanks", .empty) { _ in " \r\n\t" },
    PEMSpelling("words", .noArmour) { _ in "change me" },
    PEMSpelling("empty body", .damaged) { "\(lines($0)[0])\n\(lines($0)[lines($0).count - 1])\n" },
    PEMSpelling("a line left out", .damaged) { pem in
      var lines = lines(pem)
      lines.remove(at: 5)
      return lines.joined(separator: "\n") + "\n"
    },
    PEMSpelling("a foreign character", .damaged) { $0.replacingOccurrences(of: "MII", with: "M*I") },
    PEMSpelling("the wrong END", .damaged) { $0.replacingOccurrences(of: "END ", with: "END EC ") },
  ]
}

@Suite struct PEMShapeTests {
  private let store = TestKeys.store()

  @Test(arguments: PEMSpelling.all) func `each spelling is taken or named`(spelling: PEMSpelling) throws {
    for pem in [try TestKeys.pem(), RSAVector.rfc7515A2.pem] {
      let text = spelling.spell(pem)
      guard let shape = spelling.shape else {
        #expect(try store.publicKey(of: SecretBytes(utf8: text)) == store.publicKey(of: SecretBytes(utf8: pem)))
        continue
      }
      #expect(PEMShape.lint(SecretBytes(utf8: text)) == shape)
      let failure = try failure { try store.publicKey(of: SecretBytes(utf8: text)) }
      #expect(failure.code == .keyUnusable)
      #expect(failure.summary.contains(shape.problem))
      #expect(failure.remedy == [shape.remedy])
    }
  }

  @Test(arguments: PEMSpelling.all) func `the signing trial takes what node takes and names the rest`(
    spelling: PEMSpelling
  ) throws {
    let fault = SigningTrial().fault(of: SecretBytes(utf8: spelling.spell(try TestKeys.pem())), kid: KeyID("k"))
    #expect(fault?.shape == spelling.shape?.rawValue)
    #expect(fault?.remedy == spelling.shape?.remedy)
  }

  @Test func `no refusal repeats a byte of the key`() throws {
    let pem = try TestKeys.pem()
    let lines = pem.split(separator: "\n").dropFirst().dropLast()
    for spelling in PEMSpelling.all where spelling.shape != nil {
      let failure = try failure { try store.publicKey(of: SecretBytes(utf8: spelling.spell(pem))) }
      let told = "\(failure)"
      #expect(!lines.contains { told.contains($0.prefix(12)) }, "\(spelling.name)")
    }
  }

  @Test(.enabled(if: ForeignTool.node.isPresentOrDemanded, "needs node"))
  func `node's crypto.createPrivateKey takes and refuses the same`() throws {
    let pems = [try TestKeys.pem(), RSAVector.rfc7515A2.pem]
    let texts = PEMSpelling.all.flatMap { spelling in pems.map(spelling.spell) }
    let script = """
      const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
      const takes = (text) => { try { require('crypto').createPrivateKey(text); return true } catch { return false } };
      console.log(JSON.stringify(texts.map(takes)));
      """
    let output = try ForeignTool.node.output(["-e", script], input: JSONEncoder().encode(texts))
    let verdicts = try JSONDecoder().decode([Bool].self, from: output)
    let ours = texts.map { (try? store.publicKey(of: SecretBytes(utf8: $0))) != nil }
    for (index, (theirs, ours)) in zip(verdicts, ours).enumerated() {
      #expect(theirs == ours, "\(PEMSpelling.all[index / pems.count].name)")
    }
    #expect(verdicts.count == texts.count)
  }

  @Test func `a key whose numbers do not belong together is refused`() throws {
    let vector = RSAVector.rfc7520
    let other = RSAVector.rfc7515A2
    let alterations: [[Int: String]] = [
      [1: other.n], [3: other.d], [4: other.p], [5: other.q], [6: other.dp], [7: other.dq], [8: other.qi],
      [6: "", 7: "", 8: ""], [4: "", 5: ""],
    ]
    for altered in alterations {
      let failure = try failure { try store.publicKey(of: SecretBytes(utf8: vector.pem(replacing: altered))) }
      #expect(failure.code == .keyUnusable, "\(altered.keys)")
    }
  }
}
