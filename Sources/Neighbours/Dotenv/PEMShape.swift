internal import RotationCore

/// Names the ways in which a pasted PEM goes wrong, before a signer says only that it cannot decode it. What passes here
/// may still be no key; the code that signs decides.
enum PEMShape {
  /// What is wrong with the value, as the end of «NAME …»; nil where it looks like a PEM private key.
  static func problem(in value: borrowing SecretBytes) -> String? {
    value.withBytes { bytes -> String? in
      let text = Text(bytes: bytes)
      guard let begin = text.position(of: "-----BEGIN ") else {
        return text.position(of: "LS0tLS1CRUdJTi") == 0 ? "is base64 of a PEM; is the encoding base64?" : "is no PEM"
      }
      guard begin == 0 || bytes[begin - 1] == 0x0A || text.hasOnlyByteOrderMark(before: begin) else {
        return "has something in front of -----BEGIN on its line (a quote or a blank?)"
      }
      guard text.position(of: "PRIVATE KEY-----") != nil else { return "is a PEM, but no private key" }
      if text.position(of: "\\n") != nil { return "has a backslash and an n where a line should end" }
      guard let end = text.position(of: "-----END ") else { return "has no -----END line; is it the first line only?" }
      return end > 0 && bytes[end - 1] == 0x0A ? nil : "has its lines run together"
    }
  }

  private struct Text {
    let bytes: UnsafeRawBufferPointer

    func position(of phrase: StaticString) -> Int? {
      let length = phrase.utf8CodeUnitCount
      guard bytes.count >= length else { return nil }
      return phrase.withUTF8Buffer { wanted in
        (0...bytes.count - length).first { bytes[$0..<$0 + length].elementsEqual(wanted) }
      }
    }

    func hasOnlyByteOrderMark(before index: Int) -> Bool { index == 3 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) }
  }
}
