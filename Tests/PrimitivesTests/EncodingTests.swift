import Foundation
import Primitives
import Testing

@Suite struct EncodingTests {
  @Test func `base64url has no padding and its own two characters`() {
    #expect(Base64URL.encode(Data([0xFB, 0xFF])) == "-_8")
    #expect(Base64URL.encode(Data()) == "")
    #expect(Base64.encode(Data([0xFB, 0xFF])) == "+/8=")
  }

  @Test(arguments: 0..<70) func `each length comes back from both encodings`(count: Int) {
    let bytes = RandomBytes.make(count)
    #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    #expect(Hex.decode(Hex.encode(bytes)) == bytes)
  }

  @Test(arguments: ["AA==", "AA=", "A", "A A", "AA\n", "+/8", "-_9", "AB", "AAAAA", "ÅÅ", "AA.A"])
  func `strict base64url refuses padding, blanks, foreign characters and stray bits`(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test(arguments: ["AA", "AA=", "AB==", "A A=", "AA==\n", "-_8=", "AAA", "===="])
  func `strict base64 refuses missing padding, blanks, foreign characters and stray bits`(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test func `hex reads both cases and nothing else`() {
    #expect(Hex.decode("0aFf") == Data([0x0A, 0xFF]))
    #expect(Hex.decode("0") == nil)
    #expect(Hex.decode("0g") == nil)
    #expect(Hex.decode("é") == nil)
  }
}
