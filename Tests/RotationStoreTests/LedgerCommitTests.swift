import Foundation
import GRDB
import RotationCore
import Testing

@testable import RotationStore

@Suite struct LedgerCommitTests {
  let place: Workplace
  let ledger: WritableLedger

  init() throws {
    place = try Workplace()
    ledger = try place.ledger()
  }

  @Test func `what was committed is read back as it was, to the bit`() throws {
    var rotation = Sample.rotation()
    rotation.incoming = Sample.key("new")
    rotation.lastGrant = [KeyID("new"): TokenGrant(kid: KeyID("new"), at: Workplace.now, lifetime: 120)]
    rotation.listedSince = [KeyID("old"): Workplace.now + .milliseconds(1)]
    rotation.attestations = [.published: Word(by: "kari \"k\"\n\u{1}é🔑", at: Workplace.now)]
    rotation.lastSeen.targets = ["dotenv:/srv/.env": KeyID("old"), "vercel:x": nil]
    rotation.lastSeen.portal = PortalKeySet(
      keys: [PortalKey(members: ["kid": "x", "exp": 1_800_000_000, "deep": ["a": [1, .number(0.1), .null, true]]])])
    rotation.failure = Failure(.timeout, "no answer", remedy: ["try again"])
    rotation.timing.settle = .milliseconds(1500)
    var commit = Sample.opening(rotation)
    commit.opens = Sample.intent("i1", of: rotation, writes: [PlannedWrite(neighbour: "portal", change: "add new")])
    commit.seals = [Sample.sealed("new"), Sample.sealed("old", seed: 2)]
    try ledger.commit(commit)

    #expect(try ledger.rotation(rotation.id) == rotation)
    #expect(try ledger.rotations() == [rotation])
    #expect(try ledger.openIntent(of: rotation.id) == commit.opens)
    #expect(try ledger.runbook("sha256:aa") == Sample.runbook)
    #expect(try ledger.runbook("sha256:none") == nil)
    #expect(try ledger.sealedKey(KeyID("new")) == commit.seals[0])
    #expect(Set(try ledger.sealedKeys()) == Set(commit.seals))
    #expect(try ledger.publicKeys(everUsedWith: KeyID("new")) == [Sample.key("new").publicKey])
    #expect(try ledger.publicKeys(everUsedWith: KeyID("never")).isEmpty)
    #expect(try ledger.entryCount() == 1)
    let leaves = try ledger.entries(in: 0..<9).map { try JSONValue(parsing: $0.bytes) }
    var leaf = try #require(leaves.first?.object)
    #expect(leaves.count == 1 && leaf.removeValue(forKey: LogEntry.rotationDigest)?.string?.count == 71)
    #expect(JSONValue.object(leaf) == commit.entries[0].value)
  }

  /// SQL, the rotations whose rows it changes, and those that it removes.
  static let tampering: [(String, Set<String>, Set<String>)] = [
    ("", [], []), ("UPDATE rotations SET document = replace(document, 'kari', 'eve') WHERE id = 'R-1'", ["R-1"], []),
    ("UPDATE rotations SET phase = 'abandoned' WHERE id = 'R-1'", ["R-1"], []),
    (
      "UPDATE rotations SET document = (SELECT document FROM rotations r WHERE r.id = 'R-2')", ["R-1"],
      []
    ),
    ("PRAGMA foreign_keys = OFF; DELETE FROM rotations WHERE id = 'R-2'", [], ["R-2"]),
  ]

  @Test(arguments: tampering)
  func `a row that somebody changed, moved or removed beside the log is found`(
    sql: String, changed: Set<String>, removed: Set<String>
  ) throws {
    var first = Sample.rotation("R-1")
    try ledger.commit(Sample.opening(first))
    try ledger.commit(Sample.opening(Sample.rotation("R-2", client: "other")))
    for phase in [Phase.generated, .published] { try ledger.commit(Sample.step(&first, to: phase)) }
    try ledger.connection.queue.writeWithoutTransaction { db in
      try db.execute(sql: "DROP TRIGGER rotations_are_never_deleted; " + sql)
    }
    let found = try ledger.disagreements()
    #expect(Set(found.filter(\.hasRow).map(\.rotation.rawValue)) == changed)
    #expect(Set(found.filter { !$0.hasRow }.map(\.rotation.rawValue)) == removed)
    #expect(try ledger.disagreements(of: first.id).isEmpty == !changed.contains("R-1"))
  }

  @Test func `a rotation does not change without a leaf of its own`() throws {
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    var commit = Sample.step(&rotation, to: .generated)
    commit.entries = [Sample.entry()]
    #expect(failure { try ledger.commit(commit) }?.code == .internalError)
    #expect(try ledger.entryCount() == 1)
  }

  @Test func `leaves are numbered without gaps and paged`() throws {
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    for _ in 0..<5 { try ledger.commit(Sample.step(&rotation, to: .generated)) }
    try ledger.commit(LedgerCommit(entries: [Sample.entry("keysAdopted"), Sample.entry("keysAdopted")]))
    #expect(try ledger.entryCount() == 8)
    #expect(try ledger.entries(in: 2..<5).map(\.index) == [2, 3, 4])
    #expect(try ledger.entries(in: 7..<50).map(\.index) == [7])
    #expect(try ledger.entries(of: rotation.id).map(\.index) == [0, 1, 2, 3, 4, 5])
  }

  @Test func `rotations come newest first`() throws {
    var ids: [String] = []
    for number in 0..<3 {
      let id = "R-\(number)"
      try ledger.commit(Sample.opening(Sample.rotation(id, client: "c\(number)")))
      ids.insert(id, at: 0)
    }
    #expect(try ledger.rotations().map(\.id.rawValue) == ids)
  }

  @Test func `a commit without a log leaf, or with one too long, changes nothing`() throws {
    let rotation = Sample.rotation()
    var silent = Sample.opening(rotation)
    silent.entries = []
    #expect(failure { try ledger.commit(silent) }?.code == .internalError)
    var long = Sample.opening(rotation)
    long.entries = [Sample.entry(details: ["text": .string(String(repeating: "a", count: 65_535))])]
    #expect(failure { try ledger.commit(long) }?.code == .internalError)
    #expect(try ledger.rotations().isEmpty)
    #expect(try ledger.entryCount() == 0)
  }

  @Test func `the longest leaf that a tile can hold is taken`() throws {
    let rest = Sample.entry(details: ["text": ""]).bytes.count
    let entry = Sample.entry(details: ["text": .string(String(repeating: "a", count: 65_534 - rest))])
    #expect(entry.bytes.count == LogEntry.sizeLimit - 1)
    try ledger.commit(LedgerCommit(entries: [entry]))
    #expect(try ledger.entryCount() == 1)
  }

  @Test(arguments: [1, 2, 4])
  func `a revision that does not follow the stored one changes nothing`(revision: Int) throws {
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    try ledger.commit(Sample.step(&rotation, to: .generated))
    var stale = rotation
    stale.revision = revision
    stale.phase = .published
    let failure = failure {
      try ledger.commit(LedgerCommit(rotation: stale, entries: [Sample.entry(rotation: stale.id)]))
    }
    #expect(failure?.code == .ownershipLost)
    #expect(failure?.summary.contains("is at revision 2") == true)
    #expect(try ledger.rotation(rotation.id) == rotation)
    #expect(try ledger.entryCount() == 2)
  }

  @Test func `a rotation keeps its issuer and client`() throws {
    let rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    var moved = Sample.rotation(client: "another")
    #expect(failure { try ledger.commit(Sample.step(&moved, to: .generated)) }?.code == .internalError)
    #expect(try ledger.rotation(rotation.id) == rotation)
  }

  @Test func `a second open rotation of a client is refused, naming the open one`() throws {
    var first = Sample.rotation("R-1")
    try ledger.commit(Sample.opening(first))
    try ledger.commit(Sample.step(&first, to: .generated))
    let second = Sample.rotation("R-2")
    let failure = failure { try ledger.commit(Sample.opening(second)) }
    #expect(failure?.code == .refused)
    #expect(failure?.summary.contains("rotation R-1 (generated)") == true)
    #expect(try ledger.entryCount() == 2)
    try ledger.commit(Sample.opening(Sample.rotation("R-3", client: "another")))
    for phase in [Phase.retired, .completed, .rolledBack, .abandoned] {
      try ledger.commit(Sample.step(&first, to: phase))
      var next = Sample.rotation("R-\(phase)")
      try ledger.commit(Sample.opening(next))
      try ledger.commit(Sample.step(&next, to: .abandoned))
    }
  }

  @Test func `a retired rotation is not reopened while a later one is open`() throws {
    var first = Sample.rotation("R-1")
    try ledger.commit(Sample.opening(first))
    try ledger.commit(Sample.step(&first, to: .retired))
    try ledger.commit(Sample.opening(Sample.rotation("R-2")))
    let failure = failure { try ledger.commit(Sample.step(&first, to: .republishing)) }
    #expect(failure?.code == .refused)
    #expect(failure?.summary.contains("R-2") == true)
  }

  @Test func `the schema knows every phase, step, origin and algorithm`() throws {
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    for phase in Phase.allCases { try ledger.commit(Sample.step(&rotation, to: phase)) }
    for step in Step.allCases {
      var opening = Sample.step(&rotation, to: .planned)
      opening.opens = Intent(
        id: "i-\(step)", rotation: rotation.id, step: step, openedAt: Workplace.now, openedBy: "k", writes: [])
      try ledger.commit(opening)
      var closing = Sample.step(&rotation, to: .planned)
      closing.closes = "i-\(step)"
      try ledger.commit(closing)
    }
    for (number, origin) in SealedKey.Origin.allCases.enumerated() {
      for algorithm in SigningAlgorithm.allCases {
        let key = Sample.key("k-\(origin)-\(algorithm)")
        var commit = LedgerCommit(entries: [Sample.entry()])
        commit.seals = [
          SealedKey(
            reference: KeyReference(kid: key.kid, algorithm: algorithm, publicKey: key.publicKey), origin: origin,
            createdAt: Workplace.now, pkcs8: Sample.sealedBytes(UInt64(number)))
        ]
        try ledger.commit(commit)
      }
    }
    #expect(try ledger.sealedKeys().count == SealedKey.Origin.allCases.count * SigningAlgorithm.allCases.count)
  }

  @Test func `one intent of a rotation is open at a time`() throws {
    var rotation = Sample.rotation()
    var commit = Sample.opening(rotation)
    commit.opens = Sample.intent("i1", of: rotation)
    try ledger.commit(commit)
    let before = rotation

    var second = Sample.step(&rotation, to: .generated)
    second.opens = Sample.intent("i2", of: rotation)
    #expect(failure { try ledger.commit(second) }?.code == .internalError)
    second.closes = "i0"
    #expect(failure { try ledger.commit(second) }?.code == .internalError)
    #expect(try ledger.rotation(rotation.id) == before)
    #expect(try ledger.openIntent(of: rotation.id)?.id == "i1")

    second.closes = "i1"
    try ledger.commit(second)
    #expect(try ledger.openIntent(of: rotation.id)?.id == "i2")
    var third = Sample.step(&rotation, to: .generated)
    third.closes = "i2"
    try ledger.commit(third)
    #expect(try ledger.openIntent(of: rotation.id) == nil)
    var again = Sample.step(&rotation, to: .generated)
    again.closes = "i2"
    #expect(failure { try ledger.commit(again) }?.code == .internalError)
  }

  @Test func `an intent takes each write down before it is sent`() throws {
    let rotation = Sample.rotation()
    var commit = Sample.opening(rotation)
    commit.opens = Sample.intent("i1", of: rotation)
    try ledger.commit(commit)
    var write = LedgerCommit(entries: [Sample.entry("writeOpened")])
    write.opens = Sample.intent("i1", of: rotation, writes: [PlannedWrite(neighbour: "portal", change: "add new")])
    try ledger.commit(write)
    #expect(try ledger.openIntent(of: rotation.id) == write.opens)
  }

  @Test func `a kid is never used with a second public key`() throws {
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    let before = rotation
    var commit = Sample.step(&rotation, to: .generated)
    commit.rotation?.incoming = Sample.key("old", modulus: "other")
    let failure1 = failure { try ledger.commit(commit) }
    #expect(failure1?.code == .refused)
    #expect(failure1?.summary.contains("kid old was used with another public key") == true)
    #expect(try ledger.rotation(rotation.id) == before)

    var seal = LedgerCommit(entries: [Sample.entry()])
    seal.seals = [
      SealedKey(
        reference: Sample.key("old", modulus: "other"), origin: .imported, createdAt: Workplace.now, pkcs8: Data([1]))
    ]
    #expect(failure { try ledger.commit(seal) }?.code == .refused)
    #expect(try ledger.sealedKeys().isEmpty)
    #expect(try ledger.publicKeys(everUsedWith: KeyID("old")) == [Sample.key("old").publicKey])
  }

  @Test func `a key that a failed commit named is not taken for recorded`() throws {
    var rotation = Sample.rotation()
    rotation.incoming = Sample.key("new")
    var broken = Sample.opening(rotation)
    broken.closes = "no such intent"
    #expect(failure { try ledger.commit(broken) }?.code == .internalError)
    try ledger.commit(Sample.opening(rotation))
    #expect(try ledger.publicKeys(everUsedWith: KeyID("new")).count == 1)
  }

  @Test func `a rotation without its runbook is refused`() throws {
    var rotation = Sample.rotation()
    var commit = Sample.opening(rotation)
    commit.runbook = nil
    #expect(failure { try ledger.commit(commit) }?.code == .internalError)
    #expect(try ledger.entryCount() == 0)
    try ledger.commit(Sample.opening(rotation))
    rotation.runbookDigest = "sha256:another"
    #expect(failure { try ledger.commit(Sample.step(&rotation, to: .generated)) }?.code == .internalError)
    #expect(try ledger.entryCount() == 1)
  }

  @Test func `a rotation keeps the folder in which its runbook was used`() throws {
    let first = Sample.rotation("R-1")
    try ledger.commit(Sample.opening(first))
    let moved = StoredRunbook(
      digest: Sample.runbook.digest, bytes: Sample.runbook.bytes, folder: "/srv/other", path: "x.yaml")
    var second = Sample.opening(Sample.rotation("R-2", client: "another"))
    second.runbook = moved
    try ledger.commit(second)
    #expect(try ledger.runbook(of: first.id) == Sample.runbook)
    #expect(try ledger.runbook(of: RotationID(rawValue: "R-2")) == moved)
    #expect(try ledger.runbook(of: RotationID(rawValue: "R-3")) == nil)
    #expect(try ledger.runbook(Sample.runbook.digest) == moved)
  }

  @Test func `a rotation can be bound to another runbook`() throws {
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    rotation.runbookDigest = "sha256:dd"
    var commit = Sample.step(&rotation, to: .generated)
    let other = StoredRunbook(digest: "sha256:dd", bytes: Data("name: other\n".utf8), folder: "/srv/book", path: "x")
    commit.runbook = other
    try ledger.commit(commit)
    #expect(try ledger.runbook(of: rotation.id) == other)
    #expect(try ledger.runbook("sha256:aa") == Sample.runbook)
  }

  @Test func `nothing that was asked to be stored stands in an error`() throws {
    var rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    var commit = Sample.step(&rotation, to: .generated)
    commit.runbook = StoredRunbook(digest: "", bytes: Data("hemmelig".utf8), folder: "hemmelig", path: "hemmelig")
    let failure = try #require(failure { try ledger.commit(commit) })
    #expect(!"\(failure)".contains("hemmelig"))
    #expect(!"\(failure)".contains("INSERT"))
    #expect(failure.cause?.contains("SQLite 275") == true)
  }

  @Test func `the log key goes along with a commit, and the published checkpoint only grows`() throws {
    #expect(try ledger.logKey() == nil)
    #expect(try ledger.publishedSize() == 0)
    let key = LogKey(name: "keyturn.test", publicKey: Data([1, 2]), sealed: Sample.sealedBytes(5, count: 300))
    try ledger.commit(LedgerCommit(entries: [Sample.entry("logKeyMade")]), with: LedgerExtras(logKey: key))
    #expect(try ledger.logKey() == key)
    try ledger.commit(LedgerCommit(entries: [Sample.entry()]))
    let note = Data("a signed note of 2".utf8)
    try ledger.notePublished(note, size: 2)
    #expect(try ledger.publishedSize() == 2)
    #expect(failure { try ledger.notePublished(Data("of 1".utf8), size: 1) }?.code == .conflict)
    #expect(failure { try ledger.notePublished(Data("of 3".utf8), size: 3) }?.code == .conflict)
    #expect(try ledger.publishedSize() == 2 && ledger.publishedNote() == note)
  }

  @Test func `an entry that is filed under another rotation than it names is found`() throws {
    let rotation = Sample.rotation()
    try ledger.commit(Sample.opening(rotation))
    #expect(try ledger.misfiledEntry() == nil)
    try ledger.connection.queue.writeWithoutTransaction { db in
      try db.execute(
        sql: """
          DROP TRIGGER log_entries_never_change;
          UPDATE log_entries SET rotation = 'R-other' WHERE rotation = '\(rotation.id)'
          """)
    }
    #expect(try ledger.misfiledEntry() == ledger.entryCount() - 1)
  }
}
