import RotationCore
import Testing

@testable import Neighbours

@Suite struct DotenvGrammarTests {
  private func value(_ name: String, in text: String) -> String? {
    let parsed = DotenvText(SecretBytes(utf8: text))
    guard let value = parsed.value(of: name) else { return nil }
    return value.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  static let rows: [(String, String?)] = [
    ("K=v", "v"), ("K=v\n", "v"), ("K=v\r\n", "v"), ("  K = v  \n", "v"), ("export K=v\n", "v"), ("export\tK=v", "v"),
    ("\u{FEFF}K=v", "v"), ("#K=v", nil), ("K", nil), ("K=", nil), ("K=\"\"", nil), ("XK=v", nil), ("K.x=v", nil),
    ("K: v", nil), ("1K=v", nil), ("exportK=v", nil), ("export=1\nK=v", "v"), ("K=a\nK=b", "b"), ("K=v # c", "v"),
    ("K=v#c", "v#c"), ("K=#c", nil), ("K='v' # c", "v"), ("K=\"v\"# c", "v"), ("K='a\nb'", "a\nb"),
    ("K='a\r\nb'\r\n", "a\r\nb"), ("K=\"a\\nb\\rc\\td\"", "a\nb\rc\td"), ("K='a\\nb'", "a\\nb"), ("K=a\\nb", "a\\nb"),
    ("K=\"\\\"\\\\\\$\\`\\x\"", "\"\\$`\\x"), ("K=`a'b\"c`", "a'b\"c"), ("K='a\"b'", "a\"b"), ("K='a", "'a"),
    ("K='a'b", "'a'b"), ("K=a'b", "a'b"), ("A='x\nK=no\n'\nK=yes", "yes"), ("A='x\nK=no\n'", nil),
    ("A=\"x\\\"\nK=no\n\"\nK=yes", "yes"), ("A='C:\\'\nK='yes'", "yes"), ("A=\"C:\\\\\"\nK=\"yes\"", "yes"),
    ("A='open\nK=yes", "yes"), ("A=it's\nK='yes'", "yes"), ("# don't\nK='yes'", "yes"),
    ("nonsense ' \" `\nK=yes", "yes"),
  ]

  @Test(arguments: rows) func `a value is read as the readers of such files read it`(text: String, expected: String?) {
    #expect(value("K", in: text) == expected)
  }

  @Test func `setting two variables leaves every other byte`() {
    let rows = [
      ("K=a\nP=b\n", "K=[k]\nP=[p]\n"),
      ("P='b\nb'\r\n  export  K =  \"a\"\t# why\r\n", "P=[p]\r\n  export  K =  [k]\t# why\r\n"),
      ("K=a\nK=a2\nP=b\n#K=c\n", "K=[k]\nK=[k]\nP=[p]\n#K=c\n"), ("K=\nP=", "K=[k]\nP=[p]"), ("", "K=[k]\nP=[p]\n"),
      ("A=1", "A=1\nK=[k]\nP=[p]\n"), ("A=1\r\nK=a", "A=1\r\nK=[k]\r\nP=[p]\r\n"),
      ("A=1\nP=b\n", "A=1\nP=[p]\nK=[k]\n"),
      ("A='\nK=no'\nK=a\nP=b", "A='\nK=no'\nK=[k]\nP=[p]"), ("\u{FEFF}K=a # ø\nP=b", "\u{FEFF}K=[k] # ø\nP=[p]"),
    ]
    for (before, after) in rows {
      let text = DotenvText(SecretBytes(utf8: before))
      let new = text.setting(
        DotenvEntry(name: "K", literal: SecretBytes(utf8: "[k]")),
        DotenvEntry(name: "P", literal: SecretBytes(utf8: "[p]")))
      #expect(new.withBytes { String(decoding: $0, as: UTF8.self) } == after)
    }
  }

  @Test func `bytes that are no UTF-8 stay as they are`() {
    let bytes: [UInt8] = [0x41, 0x3D, 0xFF, 0xFE, 0x0A, 0x4B, 0x3D, 0x61, 0x0A, 0x50, 0x3D, 0x62]
    let text = DotenvText(SecretBytes(count: bytes.count) { $0.copyBytes(from: bytes) })
    let new = text.setting(
      DotenvEntry(name: "K", literal: SecretBytes(utf8: "1")), DotenvEntry(name: "P", literal: SecretBytes(utf8: "2")))
    #expect(new.withBytes { [UInt8]($0) } == Array(bytes[..<7]) + [0x31, 0x0A, 0x50, 0x3D, 0x32])
  }

  @Test func `base64 is Foundation's, and strict`() {
    for text in ["f", "fo", "foo", "foob", "fooba", "foobar", "\u{FF}\u{0}~"] {
      let encoded = SecretBase64.encode(SecretBytes(utf8: text))
      #expect(encoded.withBytes { String(decoding: $0, as: UTF8.self) } == base64(text))
      let decoded = SecretBase64.decode(encoded)
      #expect(decoded?.withBytes { String(decoding: $0, as: UTF8.self) } == text)
    }
    for wrong in ["", "Zg", "Zg=", "Zh==", "Zg==\n", "Zg==Zg==", "====", "Z_==", "=Zg="] {
      let decoded = SecretBase64.decode(SecretBytes(utf8: wrong))?.count
      #expect(decoded == nil, "\(wrong)")
    }
  }

  static let shapes: [(String, String?)] = [
    ("-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n", nil),
    ("-----BEGIN PRIVATE KEY-----\r\nAA\r\n-----END PRIVATE KEY-----", nil),
    ("-----BEGIN RSA PRIVATE KEY-----\nAA\n-----END RSA PRIVATE KEY-----", nil),
    ("\u{FEFF}-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----", nil),
    ("Bag Attributes\n-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----", nil),
    ("-----BEGIN PRIVATE KEY-----\\nAA\\n-----END PRIVATE KEY-----", "backslash"),
    ("-----BEGIN PRIVATE KEY----- AA -----END PRIVATE KEY-----", "run together"),
    ("-----BEGIN PRIVATE KEY-----AA-----END PRIVATE KEY-----", "run together"),
    ("\"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\"", "in front"),
    (" -----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----", "in front"),
    ("LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCg==", "base64"), ("-----BEGIN PRIVATE KEY-----", "first line"),
    ("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----", "no private key"), ("hello", "no PEM"),
  ]

  @Test(arguments: shapes) func `a pasted PEM that went wrong is told by its shape`(pem: String, problem: String?) {
    let found = PEMShape.problem(in: SecretBytes(utf8: pem))
    #expect(problem.map { found?.contains($0) == true } ?? (found == nil), "\(found ?? "nil")")
  }
}
