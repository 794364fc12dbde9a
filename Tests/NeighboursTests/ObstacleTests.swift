import Foundation
import RotationCore
import Testing

@testable import Neighbours

/// What stood in the way of a token request, told apart for a diagnosis.
@Suite struct ObstacleTests {
  private func obstacle(
    _ answer: LoopbackServer.Reply, limit: Duration = .seconds(60)
  ) async throws -> NeighbourTrouble.Obstacle? {
    let neighbourhood = try Neighbourhood(answer: limit)
    let signer = try Signer.app()
    return try await withServer({ _, _ in answer }) { server in
      guard case .trouble(let trouble) = await neighbourhood.maskinporten(server.url).attempt(with: signer) else {
        return nil
      }
      return trouble.obstacle
    }
  }

  @Test func `answers that are none`() async throws {
    #expect(try await obstacle(.with(302, "")) == .redirect)
    #expect(try await obstacle(.with(200, "<html>", ["Content-Type": "text/html"])) == .notJSON)
    #expect(try await obstacle(.json(200, "{")) == .brokenJSON)
    #expect(try await obstacle(.raw("")) == .connectionLost)
    #expect(try await obstacle(.stall(after: ""), limit: .milliseconds(200)) == .noAnswerInTime)
    #expect(try await obstacle(.with(503, "")) == nil)
  }

  @Test func `ways that lead nowhere`() async throws {
    let neighbourhood = try Neighbourhood()
    let signer = try Signer.app()
    func obstacle(_ server: String) async -> NeighbourTrouble.Obstacle? {
      guard case .trouble(let trouble) = await neighbourhood.maskinporten(server).attempt(with: signer) else {
        return nil
      }
      return trouble.obstacle
    }
    #expect(await obstacle("http://127.0.0.1:1") == .connectionRefused)
    #expect(await obstacle("https://\(String(repeating: "x", count: 64)).invalid") == .unresolvedName)
  }
}
