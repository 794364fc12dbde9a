import Foundation
import Primitives
import RotationCore
import Testing
import TransparencyLog

@Suite struct NoteTests {
  /// The example of c2sp.org/signed-note's Go implementation (golang.org/x/mod/sumdb/note).
  private static let peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  private static let quote = """
    If you think cryptography is the answer to your problem,
    then you don't know what your problem is.

    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

    """

  @Test func `a published note of another implementation verifies`() throws {
    let key = try VerifierKey(parsing: Self.peter)
    #expect(key.name == "PeterNeumann")
    #expect(key.line == Self.peter)
    let note = try SignedNote(parsing: Data(Self.quote.utf8))
    try note.verify(by: key)
    #expect(note.bytes == Data(Self.quote.utf8))
  }

  @Test func `no byte of a note can be changed`() throws {
    let key = try VerifierKey(parsing: Self.peter)
    let bytes = Data(Self.quote.utf8)
    for offset in bytes.indices {
      for mask: UInt8 in [0x01, 0x20, 0x80] {
        #expect(throws: Failure.self, "byte \(offset)") {
          try SignedNote(parsing: bytes.flipped(at: offset, mask: mask)).verify(by: key)
        }
      }
    }
  }

  @Test func `no byte of a verifier key can be changed`() {
    let bytes = Data((Self.peter + "\n").utf8)
    for offset in bytes.indices {
      for mask: UInt8 in [0x01, 0x20] {
        let text = String(decoding: bytes.flipped(at: offset, mask: mask), as: UTF8.self)
        #expect(throws: Failure.self, "byte \(offset)") { try VerifierKey(parsing: text) }
      }
    }
  }

  @Test(arguments: [
    "", "\n", "text\n", "text\n\n", "text\n\nno dash\n", "\n\n— a AAAAAAA=\n", "text\n\n— a AAAAAAA=",
    "text\n\n— a AAAAAAA=\n\n", "text\n\nmore\n\n— a AAAAAAA=\n", "text\r\n\n— a AAAAAAA=\n",
    "te\u{1}xt\n\n— a AAAAAAA=\n",
    "text\n\n— a+b AAAAAAA=\n", "text\n\n—  AAAAAAA=\n", "text\n\n— a AAAAAA==\n", "text\n\n— a AAAAAAB=\n",
    "text\n\n—\u{A0}a AAAAAAA=\n", "text\n\n— a\u{2003}b AAAAAAA=\n", "text\n\n— a AAAAAAA= \n",
    "text\n\n- a AAAAAAA=\n",
  ])
  func `what is not a strict note is refused`(_ text: String) {
    #expect(throws: Failure.self) { try SignedNote(parsing: Data(text.utf8)) }
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    let bytes = Data("te".utf8) + [0xFF] + Data("xt\n\n— a AAAAAAA=\n".utf8)
    #expect(throws: Failure.self) { try SignedNote(parsing: bytes) }
  }

  @Test(arguments: ["", " ", "\r\n", "\n\n", "="]) func `a verifier key ends with its line`(_ end: String) throws {
    let key = try? VerifierKey(parsing: Self.peter + end)
    #expect((key != nil) == end.isEmpty)
  }

  @Test func `signatures of unknown keys are ignored, bad ones of the known key are not`() throws {
    let key = try VerifierKey(parsing: Self.peter)
    let note = try SignedNote(parsing: Data(Self.quote.utf8))
    let stranger = SignedNote.Signature(name: "witness.example", keyID: Data([1, 2, 3, 4]), bytes: Data(count: 64))
    try SignedNote(text: note.text, signatures: [stranger] + note.signatures).verify(by: key)
    let many = SignedNote(text: note.text, signatures: note.signatures + Array(repeating: stranger, count: 15))
    try SignedNote(parsing: many.bytes).verify(by: key)
    let bad = SignedNote.Signature(name: key.name, keyID: key.keyID, bytes: Data(count: 64))
    #expect(throws: Failure.self) {
      try SignedNote(text: note.text, signatures: note.signatures + [bad]).verify(by: key)
    }
    #expect(throws: Failure.self) { try SignedNote(text: note.text, signatures: [stranger]).verify(by: key) }
  }

  @Test func `the key id is the beginning of the hash of name, newline, type and key`() throws {
    let key = try TestKey().verifier
    let hash = SHA256Digest(of: Data("\(key.name)\n".utf8) + [0x01] + key.publicKey).bytes
    #expect(key.keyID == hash.prefix(4))
    #expect(key.line == "\(key.name)+\(Hex.encode(hash.prefix(4)))+\(Base64.encode([0x01] + key.publicKey))")
    #expect(try VerifierKey(parsing: key.line + "\n") == key)
  }

  @Test(arguments: ["", "a b", "a+b", "a\u{2003}b", "a\nb", "a\tb"])
  func `a name with a space, a plus or a control character names no key`(_ name: String) {
    #expect(throws: Failure.self) { try VerifierKey(name: name, publicKey: Data(count: 32)) }
  }

  @Test(arguments: [
    "a\n1\nAA==\n", "a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "a\n1\n", "\n1\nAA\n",
    "a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
    "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nx\n",
    "a\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
  ])
  func `what is not three lines of a checkpoint is refused`(_ text: String) {
    #expect(throws: Failure.self) { try Checkpoint(text: text) }
  }

  @Test func `a checkpoint of another log is refused even when the key signed it`() throws {
    let key = try TestKey(name: "one.example")
    let text = Checkpoint(origin: "two.example", size: 0, root: .emptyRoot).text
    let signature = SignedNote.Signature(
      name: "one.example", keyID: key.verifier.keyID, bytes: try key.sign(Data(text.utf8)))
    let note = SignedNote(text: text, signatures: [signature])
    try note.verify(by: key.verifier)
    #expect(throws: Failure.self) { try Checkpoint(note: note.bytes, signedBy: key.verifier) }
  }

  @Test func `a signer that does not belong to the key makes no note`() throws {
    let (key, other) = (try TestKey(), try TestKey())
    let head = Checkpoint(origin: key.verifier.name, size: 0, root: .emptyRoot)
    let failure = #expect(throws: Failure.self) { try head.note(signedBy: key.verifier, sign: other.sign) }
    #expect(failure?.code == .keyUnusable)
  }
}
