import Foundation
import RotationTestSupport
import Testing

@testable import RotationCore

/// What the guards say of an outgoing pair whose halves do not belong together.
@Suite struct OutgoingPairTests {
  private let live = PaperKeys.reference("live")
  private let other = PaperKeys.reference("other")

  private func reasons(_ targets: [TargetSighting], listed: [KeyReference]) throws -> [String: String] {
    let runbook = Stage().runbook
    let facts = OpeningFacts(
      now: Date(timeIntervalSince1970: 0), runbook: runbook,
      metadata: .failure(NeighbourTrouble(neighbour: "Maskinporten", kind: .unreachable, detail: "not asked")),
      portal: .listed(PortalKeySet(keys: listed.map { PortalKey($0) })), targets: targets, sealed: [],
      outgoingAttempt: nil, rotations: [], sealingProblem: nil)
    var reasons: [String: String] = [:]
    for verdict in TransitionTable.standard.opening {
      let answer = verdict(facts)
      if !answer.holds { reasons[verdict.name] = answer.reason }
    }
    return reasons
  }

  private func target(_ kid: KeyID, _ key: PublicKey, beacon: BeaconSighting) -> TargetSighting {
    TargetSighting(name: "dotenv:/app/.env", capabilities: [.readBack], holding: .pair(kid, key), beacon: beacon)
  }

  @Test func `a beacon that disagrees does not hide that kid and key do not match`() throws {
    let target = target(other.kid, live.publicKey, beacon: .kid(live.kid))
    let reasons = try reasons([target], listed: [live, other])
    #expect(reasons["outgoingAgreed"]?.contains("the places do not agree") == true)
    let mismatch = try #require(reasons["outgoingListed"])
    #expect(mismatch.contains("kid and private key of dotenv:/app/.env do not match"))
    #expect(mismatch.contains("under \(live.kid), and the kid is \(other.kid)"))
  }

  @Test func `a key that the portal does not know under that kid is named too`() throws {
    let stranger = PaperKeys.reference("stranger")
    let target = target(live.kid, stranger.publicKey, beacon: .kid(other.kid))
    let mismatch = try #require(try reasons([target], listed: [live, other])["outgoingListed"])
    #expect(mismatch.contains("another public key under \(live.kid)"))
  }

  // MARK: Where no target can be read back

  private let start = Date(timeIntervalSince1970: 1_795_374_000)

  private func sealed(_ name: String, _ origin: SealedKey.Origin, days: Double = 0) -> SealedKey {
    SealedKey(
      reference: PaperKeys.reference(name), origin: origin, createdAt: start.addingTimeInterval(days * 86_400),
      pkcs8: Data(name.utf8))
  }

  private func writtenLast(
    _ sealed: [SealedKey], listed: [String] = [], use: String? = nil, rotations: [Rotation] = []
  ) -> OutgoingFinding {
    var runbook = Stage().runbook
    runbook.key.use = use.map { PaperKeys.reference($0).kid }
    let target = TargetSighting(name: "vercel:app", capabilities: [], holding: .writeOnly)
    return OpeningFacts(
      now: start, runbook: runbook,
      metadata: .failure(NeighbourTrouble(neighbour: "Maskinporten", kind: .unreachable, detail: "not asked")),
      portal: .listed(PortalKeySet(keys: listed.map { PortalKey(PaperKeys.reference($0)) })), targets: [target],
      sealed: sealed, outgoingAttempt: nil, rotations: rotations, sealingProblem: nil
    ).outgoing
  }

  private func rotation(_ outgoing: String, _ incoming: String, _ phase: Phase, client: String = "client") -> Rotation {
    var rotation = Rotation(
      id: RotationID(rawValue: "R-20261122-\(outgoing)"), openedAt: start, openedBy: "kari", issuer: "https://m/",
      clientID: ClientID(client), emergency: false, manualPortal: false, outgoing: PaperKeys.reference(outgoing),
      runbookName: "stage", runbookDigest: "", binding: [:], planDigest: "", timing: .init(), approvalsNeeded: .init())
    rotation.incoming = PaperKeys.reference(incoming)
    rotation.phase = phase
    return rotation
  }

  @Test func `what the last rotation left is live, beside the key that is kept for its way back`() {
    let sealed = [sealed("old", .adopted, days: -1), sealed("new", .generated), sealed("theirs", .adopted, days: 1)]
    let others = rotation("theirs", "x", .retired, client: "another")
    let last = rotation("old", "new", .retired)
    #expect(writtenLast(sealed, rotations: [last, others]) == .agreed(PaperKeys.reference("new")))
    let back = rotation("old", "gone", .rolledBack)
    #expect(writtenLast([sealed[0]], rotations: [back, others]) == .agreed(PaperKeys.reference("old")))
  }

  @Test func `a key that was handed over after the last rotation may be live, and both are named`() {
    let sealed = [sealed("new", .generated), sealed("later", .adopted, days: 2)]
    guard case .none(let reason) = writtenLast(sealed, rotations: [rotation("old", "new", .completed)]) else {
      Issue.record("one of them was taken")
      return
    }
    #expect(reason.contains("(kid-new, kid-later)") && reason.contains("keyturn keys destroy KID"))
  }

  @Test func `the key to come is not the live one, and of several adopted ones the listed one is`() {
    let (adopted, imported) = (sealed("live", .adopted), sealed("next", .imported))
    #expect(writtenLast([adopted, imported], use: "next") == .agreed(live))
    #expect(writtenLast([imported], use: "next").key == nil)
    #expect(writtenLast([adopted, sealed("stale", .adopted)], listed: ["live", "other"]) == .agreed(live))
    #expect(writtenLast([adopted, sealed("stale", .adopted)], listed: ["live", "stale"]).key == nil)
  }

  @Test func `whole pairs that disagree are no mismatch`() throws {
    let target = target(live.kid, live.publicKey, beacon: .kid(other.kid))
    #expect(try reasons([target], listed: [live, other])["outgoingListed"] == "no outgoing pair is known")
  }
}
