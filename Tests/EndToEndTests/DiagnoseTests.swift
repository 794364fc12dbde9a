import Foundation
import Testing

/// `keyturn diagnose` as a process of its own, against a simulation that something was done to from outside.
@Suite(.serialized) struct DiagnoseTests {
  private struct Outcome: Sendable {
    var fault: InjectedFault
    var named: String
    var status: Int32
    var steps: [String]
  }

  private static func diagnose(_ fault: InjectedFault, _ simulation: Simulation) async throws -> Outcome {
    var environment = try simulation.live()
    try await fault.inject(simulation, &environment)
    let answer = try await Program(environment: environment)(
      ["diagnose", "--json"] + (fault.hasRunbook ? ["--runbook", simulation.runbook] : []) + fault.options)
    let document = try answer.json
    let steps = try #require(document["steps"] as? [[String: Any]])
    for secret in ["MASKINPORTEN_PRIVATE_KEY", "INTERNAL_API_SECRET"] {
      let value = environment[secret].map { String($0.suffix(40).prefix(24)) } ?? ""
      if value.count == 24 { #expect(!answer.out.contains(value) && !answer.err.contains(value), "\(fault.name)") }
    }
    return Outcome(
      fault: fault, named: document["cause"] as? String ?? "-", status: answer.status,
      steps: steps.map { $0["verdict"] as? String ?? "" })
  }

  @Test func `every injected fault is named, and each has a name of its own`() async throws {
    let faults = InjectedFault.all
    #expect(faults.count >= 30)
    #expect(Set(faults.map(\.cause)).count == faults.count)
    var outcomes: [Outcome] = []
    var shared: Simulation?
    for fault in faults {
      let simulation: Simulation
      if let shared, !fault.changesWorld { simulation = shared } else { simulation = try await Simulation() }
      if !fault.changesWorld { shared = simulation }
      outcomes.append(try await Self.diagnose(fault, simulation))
      try await simulation.post("/_simulator/faults", method: "DELETE")
    }
    var table = "| injected | named by diagnose | explained in step |\n|---|---|---|\n"
    for outcome in outcomes {
      #expect(outcome.named == outcome.fault.cause, "\(outcome.fault.name)")
      #expect(outcome.status == 1, "\(outcome.fault.name)")
      #expect(outcome.steps.count == 5)
      let step = outcome.steps.firstIndex(of: "explains").map { "\($0 + 1)" } ?? "the failure itself"
      table += "| \(outcome.fault.name) | \(outcome.named) | \(step) |\n"
    }
    let right = outcomes.filter { $0.named == $0.fault.cause }.count
    print(table + "named: \(right) of \(faults.count)")
  }

  @Test func `a healthy system has no cause, and every step passes`() async throws {
    let simulation = try await Simulation()
    let answer = try await Program(environment: simulation.live())(
      ["diagnose", "--json", "--runbook", simulation.runbook])
    let document = try answer.json
    #expect(answer.status == 0, "\(answer.err)")
    #expect(document["cause"] is NSNull && document["failure"] is NSNull)
    let steps = try #require(document["steps"] as? [[String: Any]])
    #expect(steps.map { $0["verdict"] as? String } == Array(repeating: "passed", count: 5))
    for step in steps {
      for member in ["looked_at", "found", "next"] { #expect((step[member] as? String)?.isEmpty == false) }
    }
    let prerequisites = try #require(document["prerequisites"] as? [[String: Any]])
    #expect(prerequisites.count == 6)
    for name in ["client known", "scopes granted", "key set present"] {
      #expect(prerequisites.first { $0["name"] as? String == name }?["state"] as? String == "holds", "\(name)")
    }
    #expect(
      prerequisites.first { $0["name"] as? String == "Altinn System Register entry" }?["state"] as? String
        == "not_checkable")
  }

  @Test func `an Altinn that refuses the token is the cause, though Maskinporten gave it`() async throws {
    let simulation = try await Simulation()
    let altinn = try await Receiver(answering: 403)
    let program = Program(environment: try simulation.live())
    let json = try await program(["diagnose", "--json", "--altinn-exchange", altinn.url])
    #expect(json.status == 1)
    let document = try json.json
    #expect(document["cause"] as? String == "altinn-refuses")
    #expect((document["summary"] as? String)?.contains("answered 403") == true)
    let steps = try #require(document["steps"] as? [[String: Any]])
    #expect(steps.map { $0["verdict"] as? String }.contains("explains") == false)
    let text = try await program(["diagnose", "--altinn-exchange", altinn.url])
    #expect(text.status == 1 && text.err.contains("altinn-refuses") && !text.out.contains("no cause"))
    #expect(altinn.all.allSatisfy { $0.headers["authorization"]?.hasPrefix("Bearer ") == true })
  }

  @Test func `a whole pair that is not production's is the cause there, even where it gives tokens`() async throws {
    let simulation = try await Simulation()
    let answer = try await Program(environment: simulation.live())(
      ["diagnose", "--json"], environment: ["VERCEL_ENV": "production"])
    #expect(answer.status == 1)
    #expect(try answer.json["cause"] as? String == "environment-differs")
  }

  @Test func `where the mode is not live it says that nothing was looked at`() async throws {
    let answer = try await Program(environment: [:])("diagnose")
    #expect(answer.status == 0)
    #expect(answer.out.contains("nothing was looked at") && !answer.out.contains("nothing is wrong"))
  }

  @Test func `the last step writes the ticket with the trace id`() async throws {
    let simulation = try await Simulation()
    try await simulation.edit(["active": false])
    let answer = try await Program(environment: simulation.live())(
      ["diagnose", "--json", "--runbook", simulation.runbook])
    let document = try answer.json
    let trace = try #require((document["failure"] as? [String: Any])?["trace_id"] as? String)
    let ticket = try #require(document["ticket"] as? String)
    #expect(trace.count == 32 && ticket.contains(trace))
    #expect(ticket.contains(simulation.program.environment["MASKINPORTEN_CLIENT_ID"] ?? "?"))
  }

  @Test func `the scope that is missing is named among those that are not`() async throws {
    let simulation = try await Simulation()
    let answer = try await Program(environment: simulation.live())([
      "diagnose", "--json", "--scope", "altinn:serviceowner/instances.read", "--scope", "other:scope",
    ])
    let document = try answer.json
    #expect(document["cause"] as? String == "scope-not-registered")
    let summary = try #require(document["summary"] as? String)
    #expect(summary.hasSuffix(": other:scope"))
  }

  // MARK: Pasted

  private static func pasted(_ text: String, _ environment: [String: String] = [:], status: Int32 = 1) async throws
    -> [String: Any]
  {
    let answer = try await Program(environment: environment)(["diagnose", "--error", "-", "--json"], input: text)
    #expect(answer.status == status, "\(answer.err)")
    return try answer.json
  }

  private static func event(_ categories: [String], outcome: String = "client_error") -> String {
    let breadcrumbs = categories.map { category in
      category == "token_request_exhausted"
        ? #"{"category":"\#(category)","level":"error","data":{"outcome":"\#(outcome)","mp_code":"MP-124"}}"#
        : #"{"category":"\#(category)","level":"info"}"#
    }
    return """
      {"event_id":"9f0c1f3e5a0b4c58a7e2d4f0a1b2c3d4","platform":"other","level":"error",
       "tags":{"error_code":"MASKINPORTEN_AUTH_FAILED"},"breadcrumbs":{"values":[\(breadcrumbs.joined(separator: ","))]}}
      """
  }

  @Test(arguments: [[], ["token_request_start"], ["http", "token_request_retry"]])
  func `an alert without the last breadcrumb is told to come from elsewhere`(categories: [String]) async throws {
    let simulation = try await Simulation()
    let document = try await Self.pasted(Self.event(categories), simulation.live())
    #expect(document["cause"] as? String == "forwarded-from-elsewhere")
  }

  @Test func `a Sentry event with the trail is diagnosed`() async throws {
    let simulation = try await Simulation()
    let event = Self.event(["token_request_start", "token_request_exhausted"])
    let line = event.replacingOccurrences(of: "\n", with: "")
    for text in [event, "{\"event_id\":\"9f0c\"}\n{\"type\":\"event\"}\n\(line)"] {
      let document = try await Self.pasted(text, simulation.live())
      #expect(document["cause"] as? String == "pair-mismatch")
    }
  }

  @Test func `answers, errors and log lines are read`() async throws {
    let simulation = try await Simulation()
    let trace = "0123456789abcdef0123456789abcdef"
    let texts = [
      #"{"error":"invalid_grant","error_description":"Expired key (trace_id: \#(trace))","error_uri":"https://maskinporten.no/errors/MP-121"}"#,
      #"{"success":false,"error_code":"MASKINPORTEN_AUTH_FAILED","explanation":{"summary":"-"},"mp_code":"MP-121","trace_id":"\#(trace)","_meta":{"correlation_id":"c-1"}}"#,
      #"{"schema":"keyturn.error/v1","failure":{"code":"MASKINPORTEN_AUTH_FAILED","cause":"Expired key","mp_code":"MP-121","trace_id":"\#(trace)"}}"#,
      "2026-11-22T20:00:00Z error: MASKINPORTEN_AUTH_FAILED: Expired key. (trace_id: \(trace)) X-Correlation-ID: c-1",
    ]
    for text in texts {
      let document = try await Self.pasted(text, simulation.live())
      #expect(document["cause"] as? String == "key-expired", "\(text)")
      #expect((document["failure"] as? [String: Any])?["trace_id"] as? String == trace)
    }
  }

  @Test(arguments: [
    ("Issue time is in the future. (trace_id: a)", "clock-ahead"),
    ("token_request_exhausted outcome=timeout", "timeout"),
    ("token_request_exhausted outcome=exhausted", "maskinporten-unavailable"),
    (
      #"{"message":"token_request_exhausted","outcome":"exhausted","reason_code":"server_error"}"#,
      "maskinporten-server-error"
    ),
    (#"{"outcome":"timeout"}"#, "timeout"),
    (#"{"message":"token_request_exhausted","outcome":"client_error","reason_code":"unknown_kid"}"#, "kid-unknown"),
    (
      #"{"event_id":"a","tags":[["outcome","exhausted"]],"entries":[{"type":"breadcrumbs","data":{"values":[{"category":"token_request_exhausted","data":{"outcome":"exhausted"}}]}}]}"#,
      "maskinporten-unavailable"
    ),
    (
      #"{"eventID":"a","message":"MASKINPORTEN_AUTH_FAILED MP-121","entries":[{"type":"breadcrumbs","data":{"values":[{"category":"token_request_exhausted","data":{}}]}}]}"#,
      "key-expired"
    ),
    (#"{"error":"invalid_scope","error_uri":"https://maskinporten.no/errors/MP-200"}"#, "scope-not-registered"),
  ]) func `a pasted error is explained by its own words`(text: String, cause: String) async throws {
    #expect(try await Self.pasted(text)["cause"] as? String == cause)
  }

  private static let authFailed = #"{"success":false,"error_code":"MASKINPORTEN_AUTH_FAILED"}"#

  @Test func `a reported failure that no longer happens is told so, and sends nobody to Digdir`() async throws {
    let simulation = try await Simulation()
    let document = try await Self.pasted(Self.authFailed, simulation.live(), status: 0)
    #expect(document["cause"] is NSNull && document["ticket"] is NSNull)
    let steps = try #require(document["steps"] as? [[String: Any]])
    #expect(steps[2]["verdict"] as? String == "passed")
    #expect((steps[2]["found"] as? String)?.contains("obtained a token just now") == true)
    #expect(steps.allSatisfy { $0["next"] as? String != "none" })
    let notes = try #require(document["notes"] as? [String])
    #expect(notes.contains { $0.hasPrefix("it works now") })
    let named = try await Self.pasted("MASKINPORTEN_AUTH_FAILED: Expired key", simulation.live())
    #expect((named["summary"] as? String)?.contains("it works now") == true)
  }

  @Test func `a vague report is explained by what a request made now is told`() async throws {
    let simulation = try await Simulation()
    let environment = try simulation.live().merging(["MASKINPORTEN_KID": "another"]) { $1 }
    let document = try await Self.pasted(Self.authFailed, environment)
    #expect(document["cause"] as? String == "kid-unknown")
    let step = try #require((document["steps"] as? [[String: Any]])?[2])
    #expect((step["found"] as? String)?.contains("Unknown key identifier") == true)
    #expect((step["looked_at"] as? String)?.contains("a token request") == true)
  }

  @Test func `the ticket has the X-Correlation-ID of the report, else of the request made now`() async throws {
    let simulation = try await Simulation()
    try await simulation.edit(["active": false])
    let program = Program(environment: try simulation.live())
    for (text, id) in [(Self.authFailed, "of-the-request"), (Self.authFailed + "\nX-Correlation-ID: c-1", "c-1")] {
      let answer = try await program(
        ["diagnose", "--error", "-", "--json", "--runbook", simulation.runbook], input: text,
        environment: ["KEYTURN_CORRELATION_ID": "of-the-request"])
      let ticket = try #require(try answer.json["ticket"] as? String)
      #expect(ticket.contains("X-Correlation-ID: \(id)\n"))
      #expect(ticket.contains(#/trace id: [0-9a-f]{32}\n/#))
    }
  }

  @Test func `nothing is suspected, and no ticket written, where no token was requested`() async throws {
    let document = try await Self.pasted(Self.authFailed, ["MASKINPORTEN_MODE": "mock"])
    #expect(document["cause"] is NSNull && document["ticket"] is NSNull)
  }

  @Test func `the ticket claims no step that could not be done`() async throws {
    let simulation = try await Simulation()
    try await simulation.strike(["fault": "page", "status": 401])
    let answer = try await Program(environment: simulation.live())(["diagnose", "--json"])
    let document = try answer.json
    #expect(document["cause"] as? String == "revocation-suspected")
    #expect((document["summary"] as? String)?.contains("not told: step 3") == true)
    #expect((document["ticket"] as? String)?.contains("Not checked: kid and key pair.") == true)
  }

  @Test(arguments: [
    ("MASKINPORTEN_KID", "\r\n", "MASKINPORTEN_KID-line-break"),
    ("MASKINPORTEN_CLIENT_ID", "\u{A0}", "MASKINPORTEN_CLIENT_ID-invisible-character"),
    ("MASKINPORTEN_MODE", "\r", "MASKINPORTEN_MODE-line-break"),
  ]) func `what no eye sees in a variable is the cause`(name: String, mark: String, cause: String) async throws {
    let simulation = try await Simulation()
    var environment = try simulation.live()
    environment[name] = (environment[name] ?? "") + mark
    let json = try await Program(environment: environment)(["diagnose", "--json"])
    #expect(json.status == 1)
    #expect(try json.json["cause"] as? String == cause)
    let text = try await Program(environment: environment)(["diagnose"])
    #expect(!text.out.contains(mark))
  }

  @Test(arguments: [
    """
    HTTP/2 503 \r
    content-type: application/json\r
    x-correlation-id: c-42\r
    \r
    {"success":false,"error_code":"MASKINPORTEN_AUTH_FAILED","mp_code":"MP-121"}
    """,
    """
    X-Correlation-ID: c-42

    {
      "success": false,
      "error_code": "MASKINPORTEN_AUTH_FAILED",
      "mp_code": "MP-121"
    }
    """,
    """
    {"level":"info","message":"token_request_start","attempt":0}
    2026-11-22T20:00:00Z ERROR MASKINPORTEN_AUTH_FAILED: Expired key. X-Correlation-ID: c-42
    {"level":"info","message":"GET /healthz"}
    """,
  ]) func `lines that are no JSON are read beside those that are`(text: String) async throws {
    let document = try await Self.pasted(text)
    #expect(document["cause"] as? String == "key-expired")
    #expect((document["failure"] as? [String: Any])?["correlation_id"] as? String == "c-42")
  }

  @Test func `the end of what is long is read, and UTF-16 too`() async throws {
    let filler = String(repeating: "a line of a log that says nothing\n", count: 10_000)
    for size in [1, 5] {
      let log = String(repeating: filler, count: size) + "Expired key. MASKINPORTEN_AUTH_FAILED"
      let document = try await Self.pasted(log)
      #expect(document["cause"] as? String == "key-expired")
    }
    let file = FileManager.default.temporaryDirectory.path + "/keyturn-pasted-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: file) }
    let wide = try #require("\u{FEFF}Expired key. MASKINPORTEN_AUTH_FAILED\r\n".data(using: .utf16LittleEndian))
    try wide.write(to: URL(filePath: file))
    let answer = try await Program(environment: [:])(["diagnose", "--error", file, "--json"])
    #expect(try answer.json["cause"] as? String == "key-expired")
  }

  @Test func `what is pasted cannot drive a terminal`() async throws {
    let text = #"{"error_code":"MASKINPORTEN_AUTH_FAILED","trace_id":"\u001b[31m","mp_code":"MP-\u0007"}"#
    let answer = try await Program(environment: [:])(["diagnose", "--error", "-"], input: text)
    #expect(!(answer.out + answer.err).unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test func `a pasted error is explained without a live environment`() async throws {
    let document = try await Self.pasted("TRANSIENT_UPSTREAM_FAILURE after 4 attempts")
    #expect(document["cause"] as? String == "maskinporten-unavailable")
    let nothing = try await Self.pasted("something went wrong")
    #expect(nothing["cause"] is NSNull)
  }
}
