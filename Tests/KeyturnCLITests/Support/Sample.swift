import ArgumentParser
import Foundation
import RotationCore
import RotationTestSupport

@testable import KeyturnCLI

/// A rotation as it stands at an hour that never changes.
enum Sample {
  static let now = date("2026-11-22T19:10:00Z")

  static func date(_ text: String) -> Date { (try? Date(text, strategy: .iso8601)) ?? .distantPast }

  static func key(_ name: String) -> KeyReference {
    KeyReference(
      kid: KeyID(name), algorithm: .RS256,
      publicKey: PublicKey(n: "n-\(name)", e: "AQAB", thumbprint: Thumbprint(rawValue: "thumb-\(name)"), bits: 2048))
  }

  static func sealed(_ name: String) -> SealedKey {
    SealedKey(reference: key(name), origin: .outgoing, createdAt: date("2026-11-22T19:00:00Z"), pkcs8: Data([1]))
  }

  static let runbook = """
    name: sample
    maskinporten:
      environment: test
      client_id: ${CLIENT}
      scopes: ["a:b"]
    portal: { kind: manual }
    targets: [{ kind: dotenv, path: app/.env }]
    window:
      days: [sun]
      from: "21:00"   # Oslo
      until: "23:00"

      time_zone: Europe/Oslo
    approvals: { swap: 1 }
    """

  static let source = StoredRunbook(
    digest: "sha256:aa", bytes: Data(runbook.utf8), folder: "/nowhere/Runbooks", path: "Runbooks/sample.yaml")

  /// Both keys are in the portal and proven; the window opens at 20:00 UTC.
  static func proven(outgoing: KeyReference = key("old")) -> Rotation {
    var rotation = Rotation(
      id: RotationID(rawValue: "R-20261122-7F3K"), openedAt: date("2026-11-22T19:00:00Z"), openedBy: "ola@host",
      issuer: "https://test.maskinporten.no/", clientID: ClientID("client"), emergency: false, manualPortal: false,
      outgoing: outgoing, runbookName: "sample", runbookDigest: source.digest, binding: [:], planDigest: "sha256:bb",
      timing: Runbook.Timing(), approvalsNeeded: Runbook.Approvals())
    rotation.window = MaintenanceWindow(days: [.sun], from: 1_260, until: 1_380, timeZone: "Europe/Oslo")
    rotation.phase = .proven
    rotation.since = date("2026-11-22T19:04:11Z")
    rotation.incoming = key("new")
    rotation.publishedAt = date("2026-11-22T19:03:00Z")
    rotation.lastPortalAct = date("2026-11-22T19:03:00Z")
    rotation.listedSince = [KeyID("new"): date("2026-11-22T19:03:00Z")]
    rotation.lastGrant = [
      KeyID("old"): TokenGrant(kid: KeyID("old"), at: date("2026-11-22T19:00:01Z"), lifetime: 120),
      KeyID("new"): TokenGrant(kid: KeyID("new"), at: date("2026-11-22T19:04:11Z"), lifetime: 120),
    ]
    rotation.lastSeen.portal = PortalKeySet(keys: [PortalKey(outgoing), PortalKey(key("new"))])
    rotation.lastSeen.portalAt = date("2026-11-22T19:04:00Z")
    rotation.verdicts = [
      RecordedVerdict(
        guardName: "portalKeysOurs", holds: true, reason: "no kid of this rotation stands for another key",
        readAt: date("2026-11-22T19:04:00Z"))
    ]
    return rotation
  }

  static func ledger(_ rotation: Rotation) throws -> MemoryLedger {
    let ledger = MemoryLedger()
    try ledger.claim()
    let entry = LogEntry(
      at: rotation.openedAt, operator: rotation.openedBy, rotation: rotation.id, phase: rotation.phase, event: "opened")
    var commit = LedgerCommit(rotation: rotation, entries: [entry])
    commit.seals = [sealed("old"), sealed("new")]
    commit.runbook = source
    try ledger.commit(commit)
    return ledger
  }

  static func session(_ arguments: [String] = [], streams: Streams? = nil, at time: Date = now) throws -> Session {
    Session(
      .test([:], streams ?? Transcript().streams(), clock: ManualClock(time)), try GlobalOptions.parse(arguments),
      command: "status")
  }

  static func report(_ rotation: Rotation, at time: Date = now, _ arguments: [String] = []) throws -> RotationReport {
    try RotationReport(rotation, ledger: ledger(rotation), session: session(arguments, at: time))
  }
}
