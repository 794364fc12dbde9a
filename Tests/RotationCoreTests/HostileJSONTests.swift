import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// The door through which JSON comes in from outside: neighbours' answers, log entries, fault plans. What this program
/// itself wrote and reads back (rows, the lock, bookmarks) has tests of its own rooms over the same broken texts.
@Suite(.timeLimit(.minutes(5))) struct HostileJSONTests {
  @Test(arguments: [
    "null", " true ", "\t0\n", "-0", "1e5", "1E-2", "-1.5e+3", "123456789012345678901234567890", "\"\"",
    "\"\\u00e6\\/\"",
    "\"\\ud83d\\udddd\"", "[]", "[ 1 , [ ] , { } ]", "{}", "{\"\":0}", "{\"a\\u0000b\":\"\\u2028\"}",
    "{\"a\":{\"b\":[1,{\"c\":null}]}}", "\"\u{7F}\u{FFFF}\"",
  ])
  func `what RFC 8259 allows is read, and its canonical form reads as the same`(text: String) throws {
    let value = try JSONValue(parsing: Data(text.utf8))
    #expect(try JSONValue(parsing: value.canonical) == value)
    #expect(try JSONValue(parsing: value.canonical).canonical == value.canonical)
  }

  @Test(arguments: Hostile.brokenJSON)
  func `what it does not allow is refused`(text: String) {
    #expect(throws: DecodingError.self) { try JSONValue(parsing: Data(text.utf8)) }
  }

  @Test(arguments: [
    [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
    [0x22, 0xE2, 0x82, 0x22], [0x80], [0x5B, 0x00, 0x5D],
  ])
  func `bytes that are no UTF-8 are refused`(bytes: [UInt8]) {
    #expect(throws: DecodingError.self) { try JSONValue(parsing: Data(bytes)) }
  }

  @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
  func `deep nesting is refused and not followed`(opening: String) {
    let deep = String(repeating: opening, count: 100_000)
    #expect(throws: DecodingError.self) { try JSONValue(parsing: Data(deep.utf8)) }
  }

  @Test(arguments: [
    (#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}],"d":"a\":1"}"#, true), (#"{"a\\":1,"a\\" :2}"#, false),
    (#"{"a":1,"a":2}"#, false), (#"{"b":{"a":1,"\u0061":2}}"#, false), (#"{"b":[{"a":1,"a":1}]}"#, false),
    (#"{"":1}"#, true), ("{\"\u{E9}\":1,\"e\u{301}\":2}", false), (#"{"a":"b","b":"a"}"#, true),
  ])
  func `member names must be unique in each object, as Unicode holds them equal`(text: String, isTaken: Bool) {
    #expect(((try? JSONValue(parsing: Data(text.utf8))) != nil) == isTaken)
  }

  @Test(arguments: 0..<4)
  func `no damage traps or hangs a reader`(seed: Int) throws {
    let hostile = Hostile(try Self.sources(), splices: Hostile.jsonSplices)
    var (read, refused) = (0, 0)
    hostile.each(seed: seed) { bytes in
      guard let value = try? JSONValue(parsing: bytes) else { return refused += 1 }
      read += 1
      let canonical = value.canonical
      #expect((try? JSONValue(parsing: canonical))?.canonical == canonical, "\(String(decoding: bytes, as: UTF8.self))")
      let decoder = JSONDecoder()
      _ = try? decoder.decode(PortalKeySet.self, from: bytes)
      _ = try? decoder.decode(KeyReference.self, from: bytes)
      _ = try? decoder.decode(Rotation.self, from: bytes)
      _ = PortalKey(members: value.object ?? [:]).kid
    }
    #expect(read > 0 && refused > read / 100)
    Hostile.tell("JSON", inputs: read + refused, refused: refused)
  }

  private static func sources() throws -> [Data] {
    let publicKey = PublicKey(
      n: String(repeating: "AQAB", count: 86), e: "AQAB", thumbprint: Thumbprint(rawValue: "t"), bits: 2048)
    let key = KeyReference(kid: KeyID("apier-20261122-t"), algorithm: .RS256, publicKey: publicKey)
    let set = PortalKeySet(keys: [PortalKey(key), PortalKey(key)], created: "2026-11-22", lastUpdated: "2026-11-22")
    let rotation = Rotation(
      id: RotationID(rawValue: "R-20261122-7F3K"), openedAt: Date(timeIntervalSinceReferenceDate: 0), openedBy: "kari",
      issuer: "https://maskinporten.no/", clientID: ClientID("c"), emergency: false, manualPortal: false, outgoing: key,
      runbookName: "r", runbookDigest: "sha256:a", binding: ["client": "sha256:b"], planDigest: "sha256:c",
      timing: Runbook.Timing(), approvalsNeeded: Runbook.Approvals())
    let encoder = JSONEncoder()
    return [
      try encoder.encode(set), try encoder.encode(key), try encoder.encode(rotation),
      Data(#"{"access_token":"ey","token_type":"Bearer","expires_in":119,"scope":"altinn:serviceowner"}"#.utf8),
      Data(
        #"{"error":"invalid_grant","error_description":"Unknown key identifier (kid): k (MP-124 trace_id: 1)"}"#.utf8),
      Data(#"[1,-2.5e3,"\u00e6\n",{"a":[true,false,null]}]"#.utf8),
    ]
  }
}
