import Foundation
import Testing

/// No private key, token or assertion in clear anywhere but the target.
@Suite struct SecretSearchTests {
  @Test func `no secret is found in state, output or log in any of its spellings`() async throws {
    let simulation = try await Simulation()
    let before = try String(contentsOf: simulation.envFile, encoding: .utf8)
    var said: [String] = []
    func run(_ answer: Program.Answer) { said += [answer.out, answer.err] }
    run(try await simulation.program("plan", simulation.runbook))
    run(try await simulation.program("rotate", simulation.runbook, "--yes", "--wait", "--until", "verified", "--json"))
    let after = try String(contentsOf: simulation.envFile, encoding: .utf8)
    run(try await simulation.program("status"))
    run(try await simulation.program("history", "--json"))
    run(try await simulation.program("keys", "list"))
    run(try await simulation.program("rollback", "--reason", "search", "--yes"))
    run(try await simulation.program("show", "--json"))

    let pems =
      [before, after].compactMap(Self.pem) + [simulation.program.environment["PORTAL_ADMIN_PRIVATE_KEY"] ?? ""]
    #expect(Set(pems).count == 3)
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
    needles.append(("a compact JWS", Data("eyJhbGciOi".utf8)))

    var places = said.enumerated().map { ("output \($0.offset)", Data($0.element.utf8)) }
    let files = try #require(FileManager.default.enumerator(atPath: simulation.state.path))
    var count = 0
    while let name = files.nextObject() as? String {
      guard let data = FileManager.default.contents(atPath: simulation.state.appending(path: name).path) else {
        continue
      }
      places.append((name, data))
      count += 1
    }
    #expect(count >= 2)
    for (what, needle) in needles {
      for (place, data) in places { #expect(data.range(of: needle) == nil, "\(what) stands in \(place)") }
    }
    // The search itself finds what is there.
    #expect(Data(after.utf8).range(of: try #require(needles.first { $0.0 == "key 1 PEM line" }).1) != nil)
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
