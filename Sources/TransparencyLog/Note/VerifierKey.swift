package import Foundation
internal import Primitives
package import RotationCore

/// The public half of a log's signing key under its name: what a verifier is given once, by a way of its own
/// (c2sp.org/signed-note, Ed25519).
package struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
  /// Signature type of Ed25519 over a note.
  static let signatureType: UInt8 = 0x01

  package let name: String
  /// 32 bytes (RFC 8032 section 5.1.2).
  package let publicKey: Data

  /// `name` is also the log's origin: not empty, without spaces, plus or control characters.
  package init(name: String, publicKey: Data) throws(Failure) {
    guard Self.isName(name) else {
      throw Failure(.inputInvalid, "the log's name \"\(name)\" is empty or has a space, a plus or a control character")
    }
    guard publicKey.count == Ed25519.publicKeyByteCount else {
      throw Failure(.inputInvalid, "an ed25519 public key has 32 bytes, not \(publicKey.count)")
    }
    self.name = name
    self.publicKey = Data(publicKey)
  }

  /// Reads the line that `line` writes, in that one spelling; a final newline may follow.
  package init(parsing text: String) throws(Failure) {
    let line = text.utf8.last == UInt8(ascii: "\n") ? String(Substring(text.utf8.dropLast())) : text
    let parts = line.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let key = Base64.decode(String(parts[2])), key.first == Self.signatureType else {
      throw Failure(.inputInvalid, "not a verifier key of the form name+hex+base64 for ed25519")
    }
    try self.init(name: String(parts[0]), publicKey: key.dropFirst())
    guard self.line.utf8.elementsEqual(line.utf8) else {
      throw Failure(.inputInvalid, "the verifier key's id does not belong to its name and key")
    }
  }

  /// First four bytes of SHA-256(name, newline, type, public key).
  package var keyID: Data {
    SHA256Digest(of: Data(name.utf8) + [0x0A, Self.signatureType] + publicKey).bytes.prefix(4)
  }

  /// `name+hex(keyID)+base64(type, public key)`, the vkey of Go's sumdb/note.
  package var line: String {
    "\(name)+\(Hex.encode(keyID))+\(Base64.encode(Data([Self.signatureType]) + publicKey))"
  }

  package var description: String { line }

  static func isName(_ name: some StringProtocol) -> Bool {
    !name.isEmpty
      && name.unicodeScalars.allSatisfy {
        $0 != "+" && !$0.properties.isWhitespace && $0.value >= 0x20 && $0 != "\u{7F}"
      }
  }
}
