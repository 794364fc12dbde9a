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

  @Test func `whole pairs that disagree are no mismatch`() throws {
    let target = target(live.kid, live.publicKey, beacon: .kid(other.kid))
    #expect(try reasons([target], listed: [live, other])["outgoingListed"] == "no outgoing pair is known")
  }
}
