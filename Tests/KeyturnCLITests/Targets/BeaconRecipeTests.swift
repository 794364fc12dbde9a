import Foundation
import Neighbours
import RotationCore
import RotationTestSupport
import Testing

/// The README's signer beacon.
@Suite struct BeaconRecipeTests {
  private static func recipe() throws -> String {
    let blocks = try Readme.text().components(separatedBy: "```js\n").dropFirst()
    let block = try #require(blocks.first { $0.contains("/signer") })
    return try #require(block.components(separatedBy: "```").first)
  }

  @Test func `it is ten lines at most`() throws {
    #expect(try Self.recipe().split(separator: "\n").count <= 10)
  }

  @Test(.enabled(if: Readme.has("node"))) func `it tells the kid that its process was started with`() async throws {
    try await withTargetFolder { folder in
      let listen = #"listen(process.env.PORT ?? 3000, "127.0.0.1");"#
      let code = try Self.recipe()
      #expect(code.contains(listen))
      let told = "listen(0, \"127.0.0.1\", function () { console.log(this.address().port) });"
      try put(code.replacing(listen, with: told), folder + "/app.mjs")
      let app = Process()
      app.executableURL = URL(filePath: "/usr/bin/env")
      app.arguments = ["node", folder + "/app.mjs"]
      app.environment = ["PATH": Readme.path, "MASKINPORTEN_KID": "kid-of-the-app"]
      let said = Pipe()
      app.standardOutput = said
      try app.run()
      defer { app.terminate() }
      let port = try #require(
        Int(String(decoding: said.fileHandleForReading.availableData, as: UTF8.self).trimmingCharacters(in: .newlines)))
      let transport = try HTTPTransport(version: "1", clock: ManualClock())
      let beacon = HTTPSignerBeacon(url: "http://127.0.0.1:\(port)/signer", transport: transport)
      #expect(try await beacon.signingKid() == KeyID("kid-of-the-app"))
      let elsewhere = HTTPSignerBeacon(url: "http://127.0.0.1:\(port)/other", transport: transport)
      let trouble = await #expect(throws: NeighbourTrouble.self) { _ = try await elsewhere.signingKid() }
      #expect(trouble?.kind == .rejected)
    }
  }
}
