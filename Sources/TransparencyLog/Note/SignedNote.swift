package import Foundation
internal import Primitives
package import RotationCore

/// Text with signature lines (c2sp.org/signed-note), read strictly: valid UTF-8, no control character but newline,
/// exactly one blank line, canonical base64.
package struct SignedNote: Hashable, Sendable {
  package struct Signature: Hashable, Sendable {
    package let name: String
    /// Four bytes.
    package let keyID: Data
    package let bytes: Data

    package init(name: String, keyID: Data, bytes: Data) {
      self.name = name
      self.keyID = keyID
      self.bytes = bytes
    }
  }

  /// Longest note that is read, in bytes: room for a checkpoint with 16 post-quantum cosignatures.
  static let sizeLimit = 131_072
  static let dash = "\u{2014} "

  /// What is signed: whole lines, the last newline included.
  package let text: String
  package let signatures: [Signature]

  package init(text: String, signatures: [Signature]) {
    self.text = text
    self.signatures = signatures
  }

  package init(parsing bytes: Data) throws(Failure) {
    guard bytes.count <= Self.sizeLimit, let whole = String(validating: bytes, as: UTF8.self),
      whole.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A })
    else { throw Self.malformed("it is too long, not UTF-8, or has control characters") }
    let lines = whole.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
    let blanks = lines.indices.filter { lines[$0].isEmpty }
    // The last element is what follows the final newline.
    guard blanks.count == 2, blanks[0] > 0, blanks[1] == lines.count - 1, blanks[0] + 1 < blanks[1] else {
      throw Self.malformed("text and signatures are not parted by exactly one blank line")
    }
    var signatures: [Signature] = []
    for line in lines[(blanks[0] + 1)..<blanks[1]] { signatures.append(try Self.signature(line)) }
    self.init(text: lines[..<blanks[0]].joined(separator: "\n") + "\n", signatures: signatures)
  }

  package var bytes: Data {
    let lines = signatures.map { "\(Self.dash)\($0.name) \(Base64.encode($0.keyID + $0.bytes))\n" }
    return Data((text + "\n" + lines.joined()).utf8)
  }

  /// Returns when `key` signed the text. Lines of other keys are ignored; a bad line of this one is not.
  package func verify(by key: VerifierKey) throws(Failure) {
    let own = signatures.filter { $0.name.utf8.elementsEqual(key.name.utf8) && $0.keyID == key.keyID }
    guard !own.isEmpty else { throw Failure(.inputInvalid, "the note has no signature by \(key.name)") }
    for signature in own
    where !Ed25519.isValid(signature.bytes, of: Data(text.utf8), publicKey: key.publicKey) {
      throw Failure(.inputInvalid, "the note's signature by \(key.name) is not valid")
    }
  }

  private static func signature(_ line: String) throws(Failure) -> Signature {
    let fields = line.utf8.split(separator: 0x20, omittingEmptySubsequences: false).map { Substring($0) }
    guard fields.count == 3, fields[0] == "\u{2014}", VerifierKey.isName(fields[1]),
      let value = Base64.decode(String(fields[2])), value.count > 4
    else { throw malformed("a signature line is not a dash, a key name and base64") }
    return Signature(name: String(fields[1]), keyID: Data(value.prefix(4)), bytes: Data(value.dropFirst(4)))
  }

  private static func malformed(_ reason: String) -> Failure { Failure(.inputInvalid, "not a signed note: \(reason)") }
}
