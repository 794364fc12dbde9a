import Foundation
import RotationCore
import Testing

@testable import Simulator

struct PropagationTests {
  private func settings(seed: UInt64 = 3) -> WorldSettings {
    var settings = WorldSettings()
    settings.seed = seed
    settings.nodes = 4
    settings.publicationDelay = .seconds(10) ... .seconds(60)
    settings.removalDelay = .seconds(100) ... .seconds(200)
    return settings
  }

  private func both(_ fixture: Fixture) -> [JSONValue] { [fixture.client.reference.jwk, fixture.other.reference.jwk] }

  @Test func `the portal lists a new key at once while no node knows it`() throws {
    let fixture = try Fixture(settings())
    _ = try fixture.post(both(fixture))
    #expect(try fixture.listed().kids == ["client", "other"])
    #expect(fixture.world.acceptedKids(of: Fixture.id) == Array(repeating: [KeyID("client")], count: 4))
    #expect(try fixture.token(by: fixture.other).text == "Unknown key identifier (kid) for client")
  }

  @Test func `nodes learn one after the other and disagree in between`() async throws {
    let fixture = try Fixture(settings())
    _ = try fixture.post(both(fixture))
    var pictures: [Int] = []
    for _ in 0...60 {
      pictures.append(fixture.world.acceptedKids(of: Fixture.id).filter { $0.contains(KeyID("other")) }.count)
      try await fixture.clock.advance(by: .seconds(1))
    }
    #expect(pictures.prefix(10).allSatisfy { $0 == 0 })
    #expect(pictures.contains { (1...3).contains($0) })
    #expect(pictures == pictures.sorted())
    #expect(pictures.last == 4)
  }

  @Test func `while nodes disagree one key is granted and refused in turn`() async throws {
    let fixture = try Fixture(settings())
    _ = try fixture.post(both(fixture))
    while fixture.world.acceptedKids(of: Fixture.id).filter({ $0.contains(KeyID("other")) }).count != 2 {
      try await fixture.clock.advance(by: .seconds(1))
      try #require(fixture.clock.now() < Keys.start + .seconds(60))
    }
    let statuses = try (0..<8).map { _ in try fixture.token(by: fixture.other).status }
    #expect(statuses.filter { $0 == 200 }.count == 4)
    #expect(fixture.world.grantCounts[KeyID("other")] == GrantCount(granted: 4, refused: 4))
  }

  @Test func `a removed key is accepted until each node has learned of it`() async throws {
    let fixture = try Fixture(settings())
    _ = try fixture.post([fixture.other.reference.jwk])
    try await fixture.clock.advance(by: .seconds(99))
    #expect(try fixture.token().status == 200)
    #expect(fixture.world.acceptedKids(of: Fixture.id).allSatisfy { $0 == [KeyID("client"), KeyID("other")] })
    try await fixture.clock.advance(by: .seconds(101))
    #expect(fixture.world.acceptedKids(of: Fixture.id).allSatisfy { $0 == [KeyID("other")] })
  }

  @Test func `a key put back before its removal arrived is never refused`() async throws {
    let fixture = try Fixture(settings())
    _ = try fixture.post([fixture.other.reference.jwk])
    try await fixture.clock.advance(by: .seconds(30))
    _ = try fixture.post(both(fixture))
    for _ in 0..<30 {
      try await fixture.clock.advance(by: .seconds(10))
      #expect(fixture.world.acceptedKids(of: Fixture.id).allSatisfy { $0.contains(KeyID("client")) })
    }
  }

  @Test func `the same seed tells the same story`() async throws {
    func story(_ seed: UInt64) async throws -> [[[KeyID]]] {
      var settings = settings(seed: seed)
      settings.nodeChoice = .random
      let fixture = try Fixture(settings)
      _ = try fixture.post(both(fixture))
      var story: [[[KeyID]]] = []
      for _ in 0..<60 {
        try await fixture.clock.advance(by: .seconds(1))
        story.append(fixture.world.acceptedKids(of: Fixture.id))
      }
      return story
    }
    let first = try await story(1)
    #expect(try await story(1) == first)
    #expect(try await story(2) != first)
  }
}
