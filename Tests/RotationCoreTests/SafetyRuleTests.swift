import Foundation
import RotationTestSupport
import Testing

@testable import RotationCore

@Suite struct SafetyRuleTests {
  let outgoing = PaperKeys.reference("out")
  let incoming = PaperKeys.reference("in")
  let other = PortalKey(members: ["kid": "other", "n": "o", "e": "AQAB", "exp": 1, "x5c": ["abc"]])

  /// Both keys listed and accepted, one target still on the outgoing one.
  private var overlap: World {
    World(
      signers: [
        .init(name: World.setting("t"), mayUse: [outgoing.kid]),
        .init(name: World.process("t"), mayUse: [outgoing.kid]),
      ], portal: [other, PortalKey(outgoing), PortalKey(incoming)], foreign: [other],
      ours: [outgoing.kid: outgoing, incoming.kid: incoming], accepted: [outgoing.kid, incoming.kid],
      sealed: [outgoing.kid, incoming.kid],
      promises: [
        .init(rotation: RotationID(rawValue: "R"), kid: outgoing.kid, mustBeListed: true, mustBeSealed: true)
      ], meanings: [incoming.kid: [incoming.publicKey.n], outgoing.kid: [outgoing.publicKey.n]])
  }

  private func breaches(_ changes: World.Change..., from world: World? = nil) -> [String] {
    let now = world ?? overlap
    return SafetyRule.breaches(from: now, to: changes.reduce(now) { $0.after($1) })
  }

  @Test func `the swap of a proven key is allowed, that of an unproven one is not`() {
    #expect(breaches(.setting(target: "t", to: incoming)).isEmpty)
    var unproven = overlap
    unproven.accepted.remove(incoming.kid)
    #expect(
      breaches(.setting(target: "t", to: incoming), from: unproven).contains { $0.hasPrefix("signersAreAccepted") })
  }

  @Test func `a key that a signer may use is not taken from the portal`() {
    #expect(breaches(.portalSet([other, PortalKey(incoming)])).contains { $0.hasPrefix("signersAreAccepted") })
  }

  @Test func `a promised key is neither removed nor destroyed`() {
    let swapped = overlap.after(.setting(target: "t", to: incoming)).after(.started(target: "t"))
    #expect(
      breaches(.portalSet([other, PortalKey(incoming)]), from: swapped).map { $0.prefix(12) } == ["promisesKept"])
    #expect(breaches(.destroyed(outgoing.kid), from: swapped).contains { $0.hasPrefix("promisesKept") })
  }

  @Test func `a key of another system is neither dropped nor altered, except for use`() {
    #expect(
      breaches(.portalSet([PortalKey(outgoing), PortalKey(incoming)])).contains { $0.hasPrefix("othersUntouched") })
    let patched = PortalKey(members: other.members.merging(["use": "sig"]) { $1 })
    #expect(breaches(.portalSet([patched, PortalKey(outgoing), PortalKey(incoming)])).isEmpty)
    let shortened = PortalKey(members: other.members.merging(["exp": 2]) { $1 })
    #expect(
      breaches(.portalSet([shortened, PortalKey(outgoing), PortalKey(incoming)])).contains {
        $0.hasPrefix("othersUntouched")
      })
  }

  @Test func `the set is never emptied and never exceeds five`() {
    #expect(breaches(.portalSet([])).contains { $0.contains("empty") })
    let five = (0..<4).map { PortalKey(PaperKeys.reference("x\($0)")) }
    #expect(breaches(.portalSet(overlap.portal + five)).contains { $0.contains("five") })
  }

  @Test func `no kid stands for two public keys`() {
    let twin = PaperKeys.reference("twin", kid: incoming.kid)
    #expect(
      breaches(.portalSet([other, PortalKey(outgoing), PortalKey(twin)])).contains { $0.hasPrefix("kidMeansOneKey") })
  }

  @Test func `a kid that stood for another public key before is not listed`() {
    var used = overlap
    used.portal.removeLast()
    used.meanings[incoming.kid]?.insert("another")
    #expect(
      breaches(.portalSet([other, PortalKey(outgoing), PortalKey(incoming)]), from: used).map { $0.prefix(14) }
        == ["kidMeansOneKey"])
  }

  @Test func `a key is sealed before it is listed`() {
    var unsealed = overlap
    unsealed.sealed.remove(incoming.kid)
    unsealed.portal.removeLast()
    #expect(
      breaches(.portalSet([other, PortalKey(outgoing), PortalKey(incoming)]), from: unsealed).contains {
        $0.hasPrefix("sealedBeforeListed")
      })
  }

  @Test func `a rule broken at one target is no licence at another, and a repair is allowed`() {
    var broken = overlap
    broken.signers.append(.init(name: World.setting("t2"), mayUse: [incoming.kid]))
    broken.portal.removeLast()
    broken.accepted.remove(incoming.kid)
    #expect(breaches(.setting(target: "t", to: incoming), from: broken).contains { $0.contains("the setting of t ") })
    #expect(breaches(.setting(target: "t2", to: outgoing), from: broken).isEmpty)
  }

  @Test func `who may use two keys is not left with the one that is refused`() {
    var swapped = overlap.after(.setting(target: "t", to: incoming))
    swapped.accepted.remove(incoming.kid)
    #expect(breaches(.started(target: "t"), from: swapped).contains { $0.contains("what runs on t is left with kid") })
    swapped.accepted.insert(incoming.kid)
    #expect(breaches(.started(target: "t"), from: swapped).isEmpty)
  }

  @Test func `some key in use always works`() {
    var last = overlap
    last.portal = [PortalKey(outgoing)]
    last.foreign = []
    #expect(breaches(.portalSet([PortalKey(incoming)]), from: last).contains { $0.hasPrefix("someKeyWorks") })
  }
}

@Suite struct ProofTests {
  let kid = KeyID("k")
  private var yes: TokenAttempt { .granted(TokenGrant(kid: kid, at: .distantPast, lifetime: 120)) }
  private var trouble: TokenAttempt { .trouble(NeighbourTrouble(neighbour: "m", kind: .serverError, detail: "503")) }
  private func no(_ reason: TokenRefusal.Reason) -> TokenAttempt {
    .refused(TokenRefusal(kid: kid, at: .distantPast, reason: reason, status: 400))
  }

  private func after(_ claim: Proof.Claim, _ attempts: [TokenAttempt]) -> Proof {
    attempts.reduce(into: Proof(claim, needed: 3)) { $0.take($1, mayPass: { $0.reason == .unknownKid }) }
  }

  @Test func `three tokens in a row prove a key, and a refusal starts the count anew`() {
    #expect(after(.accepted, [yes, yes, yes]).state == .proven)
    #expect(after(.accepted, [yes, yes, no(.unknownKid), yes]).inARow == 1)
    #expect(after(.accepted, [yes, trouble, yes, trouble, yes]).state == .proven)
  }

  @Test func `anything but an unknown kid ends the proof at once`() {
    for reason in TokenRefusal.Reason.allCases where reason != .unknownKid {
      guard case .denied = after(.accepted, [yes, no(reason)]).state else {
        Issue.record("\(reason) was not final")
        continue
      }
    }
  }

  @Test(arguments: NeighbourTrouble.Kind.allCases, [Proof.Claim.accepted, .gone])
  func `an answer that asking again does not change ends the proof at once`(
    kind: NeighbourTrouble.Kind, claim: Proof.Claim
  ) {
    let trouble = NeighbourTrouble(neighbour: "m", kind: kind, detail: "words")
    let passes: Set<NeighbourTrouble.Kind> = [.unreachable, .unanswered, .serverError, .rateLimited]
    #expect(after(claim, [.trouble(trouble)]).state == (passes.contains(kind) ? .open : .ended(trouble)))
  }

  @Test func `a key is gone by unknown kid or expiry alone`() {
    #expect(after(.gone, [no(.unknownKid), no(.expiredKey), no(.unknownKid)]).state == .proven)
    #expect(after(.gone, [no(.unknownKid), yes, no(.unknownKid)]).inARow == 1)
    #expect(after(.gone, [trouble, trouble, trouble]).inARow == 0)
    guard case .denied = after(.gone, [no(.scopeDenied)]).state else {
      Issue.record("a scope error proves nothing")
      return
    }
  }
}
