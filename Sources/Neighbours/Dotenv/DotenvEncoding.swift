internal import RotationCore

/// How a PEM stands in the file (facts: no text encoding survives every reader; the runbook names one per target).
extension Runbook.Dotenv.Encoding {
  /// The literal for a PEM. CR LF becomes LF. Nil for text with a character that some reader of this form would not
  /// give back as it is; no PEM has one.
  func literal(for pem: borrowing SecretBytes) -> SecretBytes? {
    guard pem.withBytes({ $0.allSatisfy(Self.survives) }) else { return nil }
    let plain = pem.withLineFeeds()
    switch self {
    case .singleQuoted: return plain.mapped(wrappedIn: UInt8(ascii: "'")) { byte, emit in emit(byte) }
    case .doubleQuoted: return plain.mapped(wrappedIn: UInt8(ascii: "\"")) { byte, emit in emit(byte) }
    case .escaped:
      return plain.mapped(wrappedIn: UInt8(ascii: "\"")) { byte, emit in
        guard byte == 0x0A else { return emit(byte) }
        emit(UInt8(ascii: "\\"))
        emit(UInt8(ascii: "n"))
      }
    case .base64: return SecretBase64.encode(plain)
    }
  }

  /// The PEM in a value as the app has it after reading the file. Nil where base64 was due and the value is none.
  func pem(in value: consuming SecretBytes) -> SecretBytes? {
    switch self {
    case .singleQuoted, .doubleQuoted, .escaped: value
    case .base64: SecretBase64.decode(value)
    }
  }

  /// Letters, digits, blanks, line ends and the marks that stand in PEM text; no quote, backslash, `$`, `#` or backtick.
  private static func survives(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: [0x0A, 0x0D, 0x20, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F, 0x3A, 0x3D].contains(byte)
    }
  }
}

extension SecretBytes {
  borrowing func withLineFeeds() -> SecretBytes {
    mapped { byte, emit in if byte != 0x0D { emit(byte) } }
  }

  /// New bytes from what `transform` emits for each byte, between two `quote`s where one is given.
  borrowing func mapped(
    wrappedIn quote: UInt8? = nil, _ transform: (UInt8, _ emit: (UInt8) -> Void) -> Void
  ) -> SecretBytes {
    var count = quote == nil ? 0 : 2
    withBytes { bytes in
      for byte in bytes { transform(byte) { _ in count += 1 } }
    }
    return SecretBytes(count: count) { room in
      var at = 0
      func put(_ byte: UInt8) {
        room[at] = byte
        at += 1
      }
      if let quote { put(quote) }
      withBytes { bytes in
        for byte in bytes { transform(byte, put) }
      }
      if let quote { put(quote) }
    }
  }

  borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
    withBytes { mine in other.withBytes { mine.elementsEqual($0) } }
  }
}

/// Base64 with padding (RFC 4648 section 4), strict, in memory that is wiped.
enum SecretBase64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let pad = UInt8(ascii: "=")

  static func encode(_ secret: borrowing SecretBytes) -> SecretBytes {
    SecretBytes(count: (secret.count + 2) / 3 * 4) { room in
      secret.withBytes { bytes in
        for (group, start) in stride(from: 0, to: bytes.count, by: 3).enumerated() {
          let rest = min(3, bytes.count - start)
          let word = (0..<3).reduce(UInt32(0)) { $0 << 8 | ($1 < rest ? UInt32(bytes[start + $1]) : 0) }
          for place in 0..<4 {
            room[group * 4 + place] = place <= rest ? alphabet[Int(word >> (18 - 6 * place) & 63)] : pad
          }
        }
      }
    }
  }

  static func decode(_ secret: borrowing SecretBytes) -> SecretBytes? {
    guard secret.count > 0, secret.count % 4 == 0 else { return nil }
    let padding = secret.withBytes { $0.suffix(2).count { $0 == pad } }
    guard secret.withBytes({ $0.dropLast(padding).allSatisfy(alphabet.contains) }) else { return nil }
    let decoded = SecretBytes(count: secret.count / 4 * 3 - padding) { room in
      secret.withBytes { text in
        for (index, byte) in text.dropLast(padding).enumerated() {
          guard let digit = alphabet.firstIndex(of: byte) else { continue }
          for bit in 0..<6 where digit >> (5 - bit) & 1 == 1 {
            let place = index * 6 + bit
            if place / 8 < room.count { room[place / 8] |= UInt8(0x80) >> UInt8(place % 8) }
          }
        }
      }
    }
    guard encode(decoded).isEqual(to: secret) else { return nil }
    return decoded
  }
}
