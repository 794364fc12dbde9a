import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// What stands is told by the last look at the portal, the targets and for tokens, wherever that contradicts the phase.
@Suite struct WhatStandsTests {
  private static let place = "dotenv:/app/.env"

  private func stage(at phase: Phase) async throws -> (Stage, incoming: KeyReference) {
    let stage = Stage()
    _ = try await stage.rotate(.phase(phase))
    return (stage, try #require(try stage.rotation.incoming))
  }

  private func words(_ stage: Stage) throws -> String { try stage.rotation.whatStands(at: stage.clock.now()) }

  private func safe(_ stage: Stage) throws -> SafeToLeave {
    SafeToLeave.of(try stage.rotation, openIntent: nil, now: stage.clock.now())
  }

  private func put(_ key: KeyReference, at stage: Stage) {
    let others = stage.world.look(\.keys).filter { $0.kid != key.kid }
    stage.world.replaceKeys(others)
    stage.world.replaceKeys(others + [PortalKey(key)])
  }

  @Test(arguments: [Phase.published, .proven, .swapped, .verified], [true, false])
  func `a key that somebody replaced or took out is not called listed or accepted`(at phase: Phase, isReplaced: Bool)
    async throws
  {
    let (stage, incoming) = try await stage(at: phase)
    stage.clock.advance(by: .seconds(1))
    if isReplaced {
      put(PaperKeys.reference("impostor", kid: incoming.kid), at: stage)
    } else {
      stage.world.change { $0.portalFaults = [.refuse] }
      stage.world.replaceKeys(stage.world.look(\.keys).filter { $0.kid != incoming.kid })
    }
    _ = try await stage.rotate()
    let said = try words(stage)
    let seen = isReplaced ? "listed another key under" : "did not list"
    #expect(said.contains("the portal \(seen) kid \(incoming.kid) at "), "\(said)")
    #expect(!said.contains("lists both") && !said.contains("both keys are accepted"), "\(said)")
    let safe = try safe(stage)
    let isBeforeSwap = phase == .published || phase == .proven
    #expect(safe.holds == (isBeforeSwap && !isReplaced) && safe.reason.contains(said), "\(safe.reason)")
  }

  @Test(arguments: [true, false]) func `of a rotation that another came after only that one is told`(
    wentBack: Bool
  ) async throws {
    let (stage, _) = try await stage(at: wentBack ? .verified : .retired)
    if wentBack { _ = try await stage.rollback() }
    let first = try stage.rotation
    stage.clock.advance(by: .seconds(1))
    var options = Engine.RotateOptions()
    options.new = true
    options.wait = true
    let later = try #require(try await stage.engine().rotate(options).rotation)
    var stored = try #require(try stage.ledger.rotation(first.id))
    stored.lastSeen.portal = later.lastSeen.portal
    let safe = SafeToLeave.of(stored, openIntent: nil, others: [later], now: stage.clock.now())
    #expect(safe.holds && safe.reason.contains(later.id.rawValue), "\(safe.reason)")
  }

  @Test func `nobody leaves while what runs is on the key that was taken out`() async throws {
    let (stage, _) = try await stage(at: .retired)
    #expect(try safe(stage).holds)
    stage.world.change {
      $0.places[Self.place]?.kid = stage.live.kid
      $0.places[Self.place]?.name = stage.live.publicKey.n
      $0.places[Self.place]?.running = stage.live.kid
    }
    stage.clock.advance(by: .seconds(86_400))
    _ = try await stage.rotate()
    let safe = try safe(stage)
    #expect(!safe.holds, "\(safe.reason)")
    #expect(safe.reason.contains("kid \(stage.live.kid) is in use, and its callers are refused"), "\(safe.reason)")
    #expect(safe.reason.contains("once nothing needs it"), "\(safe.reason)")
    #expect(try stage.rotation.phase == .retired)
  }

  @Test(arguments: [Phase.proven, .deployed])
  func `a target that somebody set is named with what it held`(at phase: Phase) async throws {
    let (stage, _) = try await stage(at: phase)
    stage.world.change {
      $0.places[Self.place]?.kid = KeyID("kid-stranger")
      $0.places[Self.place]?.name = "stranger"
    }
    #expect(try await stage.rotate().exitCode == 4)
    let said = try words(stage)
    #expect(said.contains("\(Self.place) held kid kid-stranger at "), "\(said)")
    #expect(!said.contains("every target is on") && !said.contains("what runs was started"), "\(said)")
  }

  @Test func `a probe that finds another pair or another signer leaves word of it`() async throws {
    let (stage, _) = try await stage(at: .deployed)
    stage.world.change { $0.places[Self.place]?.running = stage.live.kid }
    #expect(try await stage.rotate().exitCode == 1)
    #expect(try words(stage).contains("what runs on \(Self.place) signed with kid \(stage.live.kid)"))
  }

  @Test func `a key in use that Maskinporten refused last is nothing to walk away from`() async throws {
    let (stage, incoming) = try await stage(at: .verified)
    var rotation = try stage.rotation
    func safe() -> SafeToLeave { SafeToLeave.of(rotation, openIntent: nil, now: stage.clock.now()) }
    #expect(safe().holds)
    stage.clock.advance(by: .seconds(1))
    let refusal = TokenRefusal(kid: incoming.kid, at: stage.clock.now(), reason: .unknownKid, status: 400)
    rotation.lastRefusal[incoming.kid] = refusal
    #expect(!safe().holds)
    #expect(safe().reason.hasPrefix("Maskinporten refused kid \(incoming.kid) at \(refusal.at.iso8601) (unknown kid)"))
    rotation.lastRefusal[incoming.kid]?.reason = .clock
    #expect(safe().holds)
  }

  @Test func `where nothing contradicts it the phase is told`() async throws {
    let (stage, _) = try await stage(at: .proven)
    #expect(try words(stage) == "the portal lists both keys; every target is on the outgoing one")
  }
}
