import Foundation
import Testing

/// No private key, token or assertion in clear anywhere but the target.
@Suite struct SecretSearchTests {
  @Test func `no secret is found in state, output or log in any of its spellings`() async throws {
    let simulation = try await Simulation()
    var places: [(String, Data)] = []
    var pems = [simulation.program.environment["PORTAL_ADMIN_PRIVATE_KEY"] ?? ""]
    /// What was said, and every file of the state as it is then: a key that is destroyed later is still there.
    func run(_ arguments: String...) async throws {
      let answer = try await simulation.program(arguments)
      #expect([0, 6].contains(answer.status), "\(arguments): \(answer.err)")
      places += [
        ("\(arguments[0])'s output", Data(answer.out.utf8)), ("\(arguments[0])'s errors", Data(answer.err.utf8)),
      ]
      let files = try #require(FileManager.default.enumerator(atPath: simulation.state.path))
      while let name = files.nextObject() as? String {
        guard let data = FileManager.default.contents(atPath: simulation.state.appending(path: name).path) else {
          continue
        }
        places.append(("\(name) after \(arguments[0])", data))
      }
      let held = try String(contentsOf: simulation.envFile, encoding: .utf8)
      if let pem = Self.pem(held), !pems.contains(pem) { pems.append(pem) }
    }
    func newest() async throws -> String {
      try #require(try await simulation.program("status", "--json").json["rotation"] as? String)
    }
    try await run("plan", simulation.runbook)
    try await run("rotate", simulation.runbook, "--yes", "--wait", "--until", "verified", "--json")
    try await run("status")
    try await run("history", "--json")
    try await run("keys", "list")
    try await run("rollback", "--reason", "search", "--yes")
    try await run("show", try await newest(), "--json")
    try await run("rotate", simulation.runbook, "--new", "--yes", "--wait", "--json")
    try await run("show", try await newest(), "--format", "html")
    try await run("audit", "export", simulation.state.appending(path: "export").path)
    let after = try String(contentsOf: simulation.envFile, encoding: .utf8)
    #expect(pems.count == 4, "the outgoing key, two incoming ones and the admin client's")
    var needles: [(String, Data)] = []
    for (index, pem) in pems.enumerated() {
      let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
      let der = try #require(Data(base64Encoded: body))
      let middle = der.subdata(in: der.count / 2..<der.count / 2 + 48)
      needles.append(("key \(index) raw", middle))
      needles.append(("key \(index) hex", Data(middle.map { String(format: "%02x", $0) }.joined().utf8)))
      for offset in 0..<3 {
        let text = middle.dropFirst(offset).base64EncodedString().dropLast(4).dropFirst(4)
        needles.append(("key \(index) base64", Data(text.utf8)))
        let url = text.replacing("+", with: "-").replacing("/", with: "_")
        needles.append(("key \(index) base64url", Data(url.utf8)))
      }
      let line = try #require(pem.split(separator: "\n").dropFirst(5).first)
      needles.append(("key \(index) PEM line", Data(line.utf8)))
    }
    needles.append(("passphrase", Data(try #require(simulation.program.environment["KEYTURN_PASSPHRASE"]).utf8)))
    // Tokens and assertions alike, by the header that every one begins with.
    let header = "eyJhbGciOi"
    needles.append(("a compact JWS", Data(header.utf8)))
    needles.append(("a compact JWS in hex", Data(header.utf8.map { String(format: "%02x", $0) }.joined().utf8)))
    for offset in 0..<3 {
      let text = Data(header.utf8.dropFirst(offset)).base64EncodedString().prefix(8)
      needles.append(("a compact JWS in base64", Data(text.utf8)))
    }

    for (what, needle) in needles {
      for (place, data) in places { #expect(data.range(of: needle) == nil, "\(what) stands in \(place)") }
    }
    // The search itself finds what is there.
    #expect(Data(after.utf8).range(of: try #require(needles.last { $0.0.hasSuffix("PEM line") }).1) != nil)
    print("searched \(places.count) places for \(needles.count) spellings of secrets")
  }

  @Test func `no secret is in the arguments or environment of a child`() async throws {
    let simulation = try await Simulation()
    let spy = simulation.folder.appending(path: "spy.sh")
    let seen = simulation.folder.appending(path: "seen")
    try Data(
      "#!/bin/sh\ntr '\\0' '\\n' </proc/self/environ >'\(seen.path)'\necho \"$@\" >>'\(seen.path)'\nexec \"$@\"\n".utf8
    )
    .write(to: spy)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: spy.path)
    let runbook = try String(contentsOfFile: simulation.runbook, encoding: .utf8)
    let spied = simulation.folder.appending(path: "site/spied.yaml")
    try Data(runbook.replacing("reload: [", with: "reload: [\"\(spy.path)\", ").utf8).write(to: spied)
    let report = try await simulation.program("rotate", spied.path, "--yes", "--wait", "--until", "deployed", "--json")
    #expect(report.status == 0, "\(report.err)")
    let child = try String(contentsOf: seen, encoding: .utf8)
    #expect(!child.isEmpty)
    for name in ["KEYTURN_", "PORTAL_ADMIN", "INTERNAL_API_SECRET", "MASKINPORTEN_CLIENT_ID", "PRIVATE KEY"] {
      #expect(!child.contains(name), "\(name) in the environment of reload")
    }
  }

  private static func pem(_ text: String) -> String? {
    guard let start = text.range(of: "-----BEGIN"), let end = text.range(of: "-----END PRIVATE KEY-----") else {
      return nil
    }
    return String(text[start.lowerBound..<end.upperBound])
  }
}
