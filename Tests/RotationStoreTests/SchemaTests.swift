import Foundation
import GRDB
import RotationCore
import Testing

@testable import RotationStore

/// What the database itself refuses, whoever writes to it.
@Suite struct SchemaTests {
  let place: Workplace
  let ledger: WritableLedger

  init() throws {
    place = try Workplace()
    ledger = try place.ledger()
    try ledger.commit(Sample.opening(Sample.rotation()))
  }

  @Test(
    arguments: [
      "UPDATE log_entries SET bytes = x'00'", "DELETE FROM log_entries",
      "INSERT INTO log_entries (idx, bytes) VALUES (5, x'00')",
      "INSERT OR REPLACE INTO log_entries (idx, bytes) VALUES (0, x'00')",
      "INSERT INTO log_entries (idx, bytes) VALUES (1, zeroblob(65535))",
      "INSERT INTO log_entries (idx, bytes) VALUES (1, x'')",
      "UPDATE key_history SET n = 'other'", "DELETE FROM key_history",
      "INSERT OR REPLACE INTO key_history (kid, n, e, thumbprint, bits) VALUES ('old', 'o', 'e', 't', 1)",
      "DELETE FROM rotations", "UPDATE rotations SET phase = 'swept'", "UPDATE rotations SET revision = 0",
      "UPDATE rotations SET document = ''", "UPDATE rotations SET runbook = 99",
      "UPDATE rotations SET opened_at = 'yesterday'",
      "INSERT INTO rotations SELECT 9, 'R-9', issuer, client_id, runbook, 0, 0, phase, 1, '{}' FROM rotations",
      "INSERT INTO ledger (id, epoch, created_at) VALUES (2, 0, 0)", "UPDATE ledger SET epoch = -1",
      "UPDATE ledger SET log_name = 'half a key'",
      "INSERT INTO sealed_keys VALUES ('unrecorded', 'RS256', 'generated', 0, x'00')",
      "INSERT INTO sealed_keys VALUES ('old', 'HS256', 'generated', 0, x'00')",
      "INSERT INTO intents VALUES ('R-none', 'i', 'publishKey', 0, 'k', '[]')",
    ])
  func `no statement can break the ledger's rules`(sql: String) throws {
    #expect(throws: DatabaseError.self) {
      try ledger.connection.queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    }
    #expect(try ledger.rotations() == [Sample.rotation()])
    #expect(try ledger.entryCount() == 1)
  }

  @Test func `the file says whose it is and how old`() throws {
    try ledger.close()
    let header = try Data(contentsOf: URL(fileURLWithPath: place.folder.databasePath)).prefix(100)
    #expect(header.prefix(16) == Data("SQLite format 3\0".utf8))
    #expect(header[60..<64] == Data([0, 0, 0, 2]))
    #expect(header[68..<72] == Data("KTRN".utf8))
  }

  /// Written once when schema 1 was made. A later program must read it as it is.
  @Test func `a ledger of schema 1 can be read`() throws {
    try ledger.close()
    let old = StateFolder(path: place.root + "/old")
    try old.prepare()
    try PrivateFile.create(old.databasePath)
    let queue = try DatabaseQueue(path: old.databasePath)
    try queue.writeWithoutTransaction { db in
      try Schema.migrate(db, to: 1)
      try db.execute(
        sql: """
          INSERT INTO ledger (id, epoch, created_at) VALUES (1, 7, 816692800.123);
          INSERT INTO runbooks VALUES (1, 'sha256:aa', '/srv/book', 'book/production.yaml', x'6E616D65');
          INSERT INTO key_history VALUES ('old', 'nold', 'AQAB', 'tnold', 2048);
          INSERT INTO sealed_keys VALUES ('old', 'RS256', 'outgoing', 816692800.5, x'3082');
          INSERT INTO rotations VALUES (1, 'R-20261122-7F3K', 'https://maskinporten.no/', 'client', 1, 816692800.123, 0,
            'planned', 1, '\(Self.document)');
          INSERT INTO intents VALUES ('R-20261122-7F3K', 'i1', 'publishKey', 816692800.25, 'kari@vert',
            '[{"neighbour":"portal","change":"add new"}]');
          INSERT INTO log_entries VALUES (0, 'R-20261122-7F3K', x'7B7D');
          """)
    }
    try queue.close()
    let reader = try #require(try LedgerFile.openForReading(folder: old))
    let id = RotationID(rawValue: "R-20261122-7F3K")
    let rotation = try #require(try reader.rotation(id))
    #expect(rotation.openedAt == Workplace.now)
    #expect(rotation.outgoing == Sample.key("old"))
    #expect(rotation.timing.overlap == .seconds(86_400))
    #expect(try reader.openIntent(of: id)?.writes == [PlannedWrite(neighbour: "portal", change: "add new")])
    #expect(try reader.sealedKey(KeyID("old"))?.pkcs8 == Data([0x30, 0x82]))
    #expect(try reader.epoch() == 7)
    #expect(try reader.publishedNote() == nil)
    #expect(try reader.entries(of: id) == [StoredEntry(index: 0, bytes: Data("{}".utf8))])
    let lock = try StateLock(folder: old, holder: place.holder())
    let writer = try LedgerFile.openForWriting(folder: old, lock: lock)
    try writer.claim()
    var next = rotation
    try writer.commit(Sample.step(&next, to: .generated))
    try writer.notePublished(Data("note".utf8), size: 2)
    #expect(try writer.publishedNote() == Data("note".utf8))
  }

  private static let document = """
    {"id":"R-20261122-7F3K","openedAt":816692800.123,"openedBy":"kari@vert",\
    "issuer":"https://maskinporten.no/","clientID":"client","emergency":false,"manualPortal":false,\
    "outgoing":{"kid":"old","algorithm":"RS256","publicKey":{"n":"nold","e":"AQAB","thumbprint":"tnold",\
    "bits":2048}},"runbookName":"production","runbookDigest":"sha256:aa","binding":{"client":"sha256:bb"},\
    "planDigest":"sha256:cc","timing":{"propagation":[16,4852094820647174144],"overlap":[4683,\
    13897502818169782272],"quarantine":[140512,11096714923483332608],"settle":[6,9319535557742690304],\
    "expiryWarning":[140512,11096714923483332608]},"approvalsNeeded":{"swap":0,"retire":0},"phase":"planned",\
    "since":816692800.123,"revision":1,"listedSince":{},"lastGrant":{},"lastRefusal":{},"acceptedForeign":{},\
    "targetWriteOpened":false,"unanswered":{},"attestations":{},"approvals":[],"verdicts":[],\
    "waiting":{"on":"nothing"},"lastSeen":{"targets":{},"beacons":{}}}
    """
}
