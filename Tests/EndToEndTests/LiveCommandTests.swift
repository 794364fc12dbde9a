import Foundation
import Testing

/// `readiness`, `token` and `expiry`, and the way from mock to live, by the real binary.
@Suite(.serialized) struct LiveCommandTests {
  private static func production(_ simulation: Simulation) throws -> [String: String] {
    try simulation.live().merging([
      "MASKINPORTEN_ISSUER": "https://maskinporten.no/", "MASKINPORTEN_TOKEN_ENDPOINT": "https://maskinporten.no/token",
    ]) { $1 }
  }

  @Test func `readiness answers the page's shapes`() async throws {
    let simulation = try await Simulation()
    let sound = try Self.production(simulation)
    let ready = try await Program(environment: sound)("readiness", "--json")
    #expect(ready.status == 0 && ready.out == "{\"status\":\"ready\"}\n")
    let mock = try await Program(environment: [:])("readiness", "--json")
    #expect(mock.status == 0 && mock.out == "{\"status\":\"mock\"}\n")
    #expect(mock.err.contains("401"))
    let broken = try await Program(environment: sound)(
      "readiness", "--json", environment: ["MASKINPORTEN_PRIVATE_KEY": "x", "INTERNAL_API_SECRET": "short"])
    #expect(broken.status == 1)
    let failures = try #require(try broken.json["failures"] as? [[String: String]])
    #expect(
      failures == [
        ["field": "MASKINPORTEN_PRIVATE_KEY", "reason": "invalid or unusable for JWT signing"],
        ["field": "INTERNAL_API_SECRET", "reason": "must be at least 32 characters"],
      ])
    #expect(broken.err.contains("keyturn: error: ") && broken.err.contains("keyturn: hint: INTERNAL_API_SECRET: "))
    let rehearsal = try await Program(environment: simulation.live())("readiness", "--json")
    #expect(rehearsal.status == 1)
  }

  @Test func `a token is told without it`() async throws {
    let simulation = try await Simulation()
    let program = Program(environment: try simulation.live())
    let answer = try await program("token", "--json")
    #expect(answer.status == 0, "\(answer.err)")
    let document = try answer.json
    #expect(document["mode"] as? String == "live" && document["token"] == nil && document["attempts"] as? Int == 1)
    let claims = try #require(document["claims"] as? [String: Any])
    #expect(claims["scope"] as? String == "altinn:serviceowner/instances.read")
    #expect(claims["client_amr"] as? String == "private_key_jwt")
    #expect(!answer.out.contains("eyJ"))
    let printed = try await program("token", "--print-token")
    #expect(printed.out.hasPrefix("eyJ") && printed.out.split(separator: "\n").count == 1)
  }

  @Test(arguments: [nil, "mock", "Live", "LIVE", "live "] as [String?])
  func `any mode but live is given a mock token, and nobody is asked`(mode: String?) async throws {
    let door = try QuietDoor()
    let program = Program(environment: [
      "MASKINPORTEN_ISSUER": "http://127.0.0.1:\(door.port)/",
      "MASKINPORTEN_TOKEN_ENDPOINT": "http://127.0.0.1:\(door.port)/token",
    ])
    let answer = try await program(
      ["token", "--json"], environment: mode.map { ["MASKINPORTEN_MODE": $0] } ?? [:])
    #expect(answer.status == 0)
    #expect(try answer.json["mode"] as? String == "mock")
    #expect(!door.wasKnockedAt)
  }

  @Test func `a refused token is explained in Bokmål to the consumer and in English to the operator`() async throws {
    let simulation = try await Simulation()
    let answer = try await Program(environment: simulation.live())(
      "token", "--json", environment: ["MASKINPORTEN_KID": "unknown"])
    #expect(answer.status == 1)
    let document = try answer.json
    #expect(document["success"] as? Bool == false)
    #expect(document["error_code"] as? String == "MASKINPORTEN_AUTH_FAILED")
    #expect((document["trace_id"] as? String)?.count == 32)
    let norwegian = try #require(document["explanation"] as? [String: Any])
    #expect(Set(norwegian.keys) == ["summary", "why", "fix_steps", "relevant_link"])
    #expect((norwegian["why"] as? String)?.contains("nøkkel") == true)
    #expect(((document["operator"] as? [String: Any])?["summary"] as? String)?.contains("rejected") == true)
    let meta = try #require(document["_meta"] as? [String: String])
    #expect(Set(meta.keys) == ["service", "version", "timestamp", "correlation_id"])
  }

  @Test func `spent retries are no answer, and a scope is its own code`() async throws {
    let simulation = try await Simulation()
    let program = Program(environment: try simulation.live())
    let denied = try await program("token", "--json", "--scope", "other:scope")
    #expect(denied.status == 1)
    #expect(try denied.json["error_code"] as? String == "MASKINPORTEN_SCOPE_DENIED")
    try await simulation.strike(["fault": "status", "status": 503])
    let spent = try await program("token", "--json")
    #expect(spent.status == 69)
    #expect(try spent.json["error_code"] as? String == "TRANSIENT_UPSTREAM_FAILURE")
    let struck = try #require(try await simulation.get("/_simulator/state")["faults"] as? [[String: Int]])
    #expect(struck.last?["struck"] == 4)
  }

  @Test func `every exchange leaves its breadcrumbs on standard error`() async throws {
    let simulation = try await Simulation()
    let program = Program(environment: try simulation.live())
    func trail(_ answer: Program.Answer) -> [[String: Any]] {
      answer.err.split(separator: "\n").compactMap { line in
        (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
      }
    }
    func messages(_ trail: [[String: Any]]) -> [String] { trail.compactMap { $0["message"] as? String } }
    let good = trail(try await program("token", "--json"))
    #expect(messages(good) == ["token_request_start", "token_request_success"])
    #expect(good.first?["attempt"] as? Int == 0 && good.last?["duration_ms"] is Int)
    let refused = trail(try await program("token", "--json", environment: ["MASKINPORTEN_KID": "unknown"]))
    #expect(messages(refused) == ["token_request_start", "token_request_exhausted"])
    #expect(refused.last?["outcome"] as? String == "client_error" && refused.last?["level"] as? String == "error")
    try await simulation.strike(["fault": "status", "status": 503])
    let spent = trail(try await program("token", "--json"))
    let retries = Array(repeating: "token_request_retry", count: 3)
    #expect(messages(spent) == ["token_request_start"] + retries + ["token_request_exhausted"])
    #expect(spent.dropFirst().dropLast().map { $0["attempt"] as? Int } == [1, 2, 3])
    #expect(spent.dropFirst().dropLast().allSatisfy { $0["reason_code"] as? String == "server_error" })
    #expect(spent.last?["outcome"] as? String == "exhausted")
  }

  @Test func `expiry waits for a person within the warning time`() async throws {
    let simulation = try await Simulation()
    let far = try await simulation.program("expiry", simulation.runbook, "--json")
    #expect(far.status == 0, "\(far.err)")
    let clients = try #require(try far.json["clients"] as? [[String: Any]])
    let keys = try #require(clients.first?["keys"] as? [[String: Any]])
    #expect(keys.count == 2)
    for key in keys {
      #expect((160...170).contains(key["days_left"] as? Int ?? 0))
      #expect((key["latest_safe_start"] as? String)?.hasSuffix("Z") == true)
    }
    let kid = try #require(keys.first?["kid"] as? String)
    try await simulation.edit(["expire": [kid: Int(Date().timeIntervalSince1970) + 86_400]])
    let near = try await simulation.program("expiry", simulation.runbook)
    #expect(near.status == 5 && near.out.contains("near"))
    let silent = try await simulation.program("expiry", simulation.runbook, "--json")
    #expect(silent.status == 5)
  }

  @Test func `expiry and plan name a listed key of ours that was destroyed`() async throws {
    let simulation = try await Simulation()
    let opened = try await simulation.program("rotate", simulation.runbook, "--yes", "--until", "published", "--json")
    let incoming = try #require(try opened.json["incoming"] as? [String: Any])
    let kid = try #require(incoming["kid"] as? String)
    let emitted = try await simulation.program("keys", "emit", kid)
    let jwk = try JSONSerialization.jsonObject(with: Data(emitted.out.utf8))
    #expect(try await simulation.program("rollback", "--reason", "test", "--yes").status == 6)
    #expect(try await !simulation.program("expiry", simulation.runbook).err.contains("private half is destroyed"))
    try await simulation.edit(["add": [jwk]])
    let warning = "the portal lists kid \(kid), a key of ours whose private half is destroyed"
    #expect(try await simulation.program("expiry", simulation.runbook).err.contains(warning))
    #expect(try await simulation.program("plan", simulation.runbook).out.contains(warning))
  }

  @Test func `a rotation that is not opened asks for no more than it was given`() async throws {
    let simulation = try await Simulation()
    let asked = try await simulation.program("rotate", simulation.runbook, "--until", "published", "--new")
    #expect(asked.status == 3 && asked.err.contains("--yes --new --until published"), "\(asked.err)")
    let backwards = try await simulation.program("rotate", simulation.runbook, "--yes", "--until", "restored")
    #expect(backwards.status == 3 && backwards.err.contains("no phase on the way forward"), "\(backwards.err)")
    #expect(try await simulation.program("history", "--json").json["rotations"] as? [String] == [])
  }

  @Test func `expiry leaves what it saw for the textfile collector`() async throws {
    let simulation = try await Simulation()
    let folder = simulation.folder.appending(path: "collector")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let file = folder.appending(path: "keyturn.prom").path
    for _ in 1...2 {
      let look = try await simulation.program("expiry", simulation.runbook, "--textfile", file)
      #expect(look.status == 0, "\(look.err)")
    }
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for kid in try await simulation.listedKids() {
      #expect(text.contains("kid=\"\(kid)\"} "), "\(text)")
    }
    #expect(text.contains(#/keyturn_portal_key_not_after_timestamp_seconds\{issuer="[^}]*\} [0-9.e+]+\n/#))
    #expect(text.contains(#/keyturn_portal_seen_timestamp_seconds\{issuer="[^}]*\} [0-9.e+]+\n/#))
    #expect(!text.contains("keyturn_rotation"))
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    #expect(attributes[.posixPermissions] as? Int == 0o644)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["keyturn.prom"])
    let nowhere = try await simulation.program(
      "expiry", simulation.runbook, "--textfile", folder.path + "/none/keyturn.prom")
    #expect(nowhere.status == 65 && nowhere.err.contains("could not be written"))
    #expect(try await simulation.program("expiry", simulation.runbook, "--textfile", "keyturn.txt").status == 64)
  }

  @Test func `readiness opens no connection to the addresses that it is given`() async throws {
    let simulation = try await Simulation()
    let door = try QuietDoor()
    let answer = try await Program(environment: simulation.live())(
      "readiness", "--json",
      environment: [
        "MASKINPORTEN_ISSUER": "https://127.0.0.1:\(door.port)/",
        "MASKINPORTEN_TOKEN_ENDPOINT": "https://127.0.0.1:\(door.port)/token",
      ])
    #expect(answer.status == 0 && answer.out == "{\"status\":\"ready\"}\n", "\(answer.err)")
    #expect(!door.wasKnockedAt)
    // The same door hears of a command that does call.
    _ = try await Program(environment: simulation.live())(
      "token", environment: ["MASKINPORTEN_TOKEN_ENDPOINT": "http://127.0.0.1:\(door.port)/token"])
    #expect(door.wasKnockedAt)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")), arguments: ["EC", "RSA"])
  func `a key that parses and cannot sign is not ready`(algorithm: String) async throws {
    let simulation = try await Simulation()
    let option = algorithm == "EC" ? "ec_paramgen_curve:P-256" : "rsa_keygen_bits:1024"
    let made = try await Program(environment: [:])(
      Program.Shell(
        script: """
          MASKINPORTEN_PRIVATE_KEY="$(openssl genpkey -algorithm \(algorithm) -pkeyopt \(option) 2>/dev/null)" \
          exec \(Program.path) readiness --json
          """), environment: Self.production(simulation))
    #expect(made.status == 1)
    let failures = try #require(try made.json["failures"] as? [[String: String]])
    #expect(failures == [["field": "MASKINPORTEN_PRIVATE_KEY", "reason": "invalid or unusable for JWT signing"]])
    #expect(made.err.contains(algorithm == "EC" ? "type EC" : "1024 bits"), "\(made.err)")
  }

  @Test func `rotate refuses the first cutover from mock and says what carries it`() async throws {
    let simulation = try await Simulation()
    let text = try String(contentsOf: simulation.envFile, encoding: .utf8)
    try text.replacingOccurrences(of: "MASKINPORTEN_MODE=live", with: "MASKINPORTEN_MODE=mock")
      .write(to: simulation.envFile, atomically: false, encoding: .utf8)
    try await simulation.post("/app/reload", [:])
    let plan = try await simulation.program("plan", simulation.runbook)
    #expect(plan.status == 3 && plan.err.contains("first cutover from mock"))
    let rotate = try await simulation.program("rotate", simulation.runbook, "--yes")
    #expect(rotate.status == 3)
    #expect(rotate.err.contains("integrationLive") && rotate.err.contains("keyturn readiness, keyturn token"))
    #expect(try await simulation.listedKids().count == 2)
  }

  @Test func `plan lists the prerequisites, checked or named`() async throws {
    let simulation = try await Simulation()
    let plan = try await simulation.program("plan", simulation.runbook, "--json")
    #expect(plan.status == 0, "\(plan.err)")
    let prerequisites = try #require(try plan.json["prerequisites"] as? [[String: String]])
    #expect(prerequisites.map { $0["state"] } == ["holds", "holds", "holds", "holds", "holds", "not_checkable"])
  }
}
