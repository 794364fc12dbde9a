import Foundation
import Primitives
import Testing

/// The binary against `keyturn simulate`, with a receiver of webhooks and a Sentry on loopback.
@Suite(.serialized) struct NotificationTests {
  private static let secret = Data("a signing secret of this test".utf8)
  private static var environment: [String: String] { ["HOOK_SECRET": "whsec_" + secret.base64EncodedString()] }

  /// The simulator's runbook, changed, and with a receiver.
  private func runbook(_ simulation: Simulation, _ change: (String) -> String = { $0 }) throws -> String {
    let text = change(try String(contentsOfFile: simulation.runbook, encoding: .utf8))
    let path = simulation.folder.appending(path: "site/notifying.yaml")
    try Data((text + #"notify: [{ kind: webhook, url: "${HOOK}", secret: "${HOOK_SECRET}" }]"# + "\n").utf8)
      .write(to: path)
    return path.path
  }

  private func expectSigned(_ posts: [Receiver.Post]) throws {
    for post in posts {
      let id = try #require(post.headers["webhook-id"])
      let timestamp = try #require(post.headers["webhook-timestamp"])
      let code = HMACSHA256.code(for: Data("\(id).\(timestamp).".utf8) + post.body, key: Self.secret)
      #expect(post.headers["webhook-signature"] == "v1," + code.base64EncodedString())
      let text = String(decoding: post.body, as: UTF8.self)
      for secret in ["PRIVATE", "eyJ", "whsec_", "signing secret", "passphrase"] { #expect(!text.contains(secret)) }
    }
    #expect(Set(posts.map { $0.headers["webhook-id"] }).count == posts.count)
  }

  @Test func `each fact of a rotation arrives once, in order and signed, also over a resume`() async throws {
    let simulation = try await Simulation("--adds", "1", "--removals", "1")
    let receiver = try await Receiver()
    let runbook = try runbook(simulation)
    let environment = Self.environment.merging([
      "HOOK": receiver.url, "TRACEPARENT": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "KEYTURN_CORRELATION_ID": "window-7",
    ]) { $1 }
    let first = try await simulation.program(
      ["rotate", runbook, "--yes", "--wait", "--until", "verified", "--json"], environment: environment)
    #expect(first.status == 0, "\(first.err)")
    #expect(receiver.facts.map(\.type) == ["rotation.opened", "rotation.swapped", "rotation.verified"])
    let second = try await simulation.program(["rotate", runbook, "--wait", "--json"], environment: environment)
    #expect(second.status == 0, "\(second.err)")
    #expect(
      receiver.facts.map(\.type).prefix(4)
        == ["rotation.opened", "rotation.swapped", "rotation.verified", "rotation.retired"])
    let posts = receiver.facts
    #expect(posts.dropFirst(4).map(\.type) == (second.phase == "completed" ? ["rotation.completed"] : []))
    try expectSigned(posts)
    let incoming = try #require(try second.json["incoming"] as? [String: String])
    for post in posts {
      #expect(post.path == "/hook")
      #expect(post.headers["traceparent"]?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true)
      #expect(post.headers["x-correlation-id"] == "window-7")
      #expect(post.data["rotation"] as? String == (try second.json["rotation"] as? String))
    }
    #expect(posts[1].data["incoming"] as? [String: String] == incoming)
    let next = (posts[0].data["next"] as? [String: Any])?["command"] as? String
    #expect(next?.hasPrefix("keyturn rotate ") == true)
    // The checkpoint that left with the end is one that the log still extends.
    let checkpoint = simulation.folder.appending(path: "kept")
    try Data(try #require(posts[3].data["checkpoint"] as? String).utf8).write(to: checkpoint)
    let audit = try await simulation.program("audit", "verify", "--checkpoint", checkpoint.path, "--json")
    #expect(audit.status == 0, "\(audit.out)")
    #expect(try audit.json["beyond_checkpoint"] as? Int == 0)
    #expect(!(first.err + second.err).contains("notify[0]"))
  }

  @Test func `with the receiver dead the rotation ends and says so, and the next run tells it all`() async throws {
    let simulation = try await Simulation("--adds", "1", "--removals", "1")
    let runbook = try runbook(simulation)
    let dead = Self.environment.merging(["HOOK": "http://127.0.0.1:\(try refusingPort())/hook?token=t0ken"]) { $1 }
    let run = try await simulation.program(["rotate", runbook, "--yes", "--wait", "--json"], environment: dead)
    #expect(run.status == 0, "\(run.err)")
    #expect(["retired", "completed"].contains(run.phase ?? ""))
    #expect(run.err.contains("keyturn: warning: notify[0] was not told rotation.opened"))
    #expect(run.err.contains("notify[0] does not know of rotation.opened, rotation.swapped, rotation.verified"))
    #expect(!run.err.contains("t0ken"))
    let id = try #require(try run.json["rotation"] as? String)
    #expect(try await simulation.program("show", id).out.contains("notify[0] was not told"))
    let receiver = try await Receiver()
    let alive = Self.environment.merging(["HOOK": receiver.url]) { $1 }
    for _ in 1...2 {
      let again = try await simulation.program(["rotate", runbook, "--json"], environment: alive)
      #expect(again.status == 0, "\(again.err)")
      let types = receiver.facts.map(\.type)
      #expect(
        types.prefix(4) == ["rotation.opened", "rotation.swapped", "rotation.verified", "rotation.retired"])
      #expect(Set(types).count == types.count)
    }
    try expectSigned(receiver.facts)
    #expect(try await simulation.program("audit", "verify").status == 0)
  }

  @Test(arguments: [500, 400])
  func `what a receiver did not take arrives again under the same id`(status: Int) async throws {
    let simulation = try await Simulation("--adds", "1", "--removals", "1")
    let receiver = try await Receiver(answering: status)
    let runbook = try runbook(simulation)
    let environment = Self.environment.merging(["HOOK": receiver.url]) { $1 }
    let run = try await simulation.program(
      ["rotate", runbook, "--yes", "--wait", "--until", "verified", "--json"], environment: environment)
    #expect(run.status == 0, "\(run.err)")
    let refused = Dictionary(grouping: receiver.all, by: \.type)
    receiver.answer(204)
    let again = try await simulation.program(
      ["rotate", runbook, "--until", "verified", "--json"], environment: environment)
    #expect(again.status == 0, "\(again.err)")
    let all = Dictionary(grouping: receiver.all, by: \.type)
    #expect(Set(all.keys) == ["rotation.opened", "rotation.swapped", "rotation.verified"])
    // A silent receiver holds back what is newer; one that refuses was sent each fact.
    #expect(Set(refused.keys) == (status == 500 ? ["rotation.opened"] : Set(all.keys)))
    for (type, posts) in all {
      #expect(posts.count > refused[type, default: []].count, "\(type)")
      #expect(Set(posts.map { $0.headers["webhook-id"] }).count == 1, "\(type)")
    }
  }

  @Test func `what was missed is told after a newer rotation began, and under a changed runbook`() async throws {
    let simulation = try await Simulation("--adds", "1", "--removals", "1")
    let receiver = try await Receiver(answering: 400)
    func long(_ text: String) -> String { text.replacing(#/quarantine: \w+/#, with: "quarantine: 1h") }
    let path = try runbook(simulation, long)
    let environment = Self.environment.merging(["HOOK": receiver.url]) { $1 }
    let first = try await simulation.program(["rotate", path, "--yes", "--wait", "--json"], environment: environment)
    #expect(first.status == 0, "\(first.err)")
    let missed = try #require(try first.json["rotation"] as? String)
    let ids = Set(receiver.all.map { $0.headers["webhook-id"] })
    let changed = try runbook(simulation) { "# another text\n" + long($0) }
    let second = try await simulation.program(
      ["rotate", changed, "--yes", "--wait", "--new", "--until", "generated", "--json"], environment: environment)
    #expect(second.status == 0, "\(second.err)")
    let open = try #require(try second.json["rotation"] as? String)
    #expect(open != missed)
    let count = receiver.all.count
    receiver.answer(204)
    let third = try await simulation.program(
      ["rotate", changed, "--until", "generated", "--json"], environment: environment)
    #expect(third.status == 0, "\(third.err)")
    let arrived = receiver.all.dropFirst(count)
    #expect(ids.isSubset(of: Set(arrived.map { $0.headers["webhook-id"] })))
    #expect(arrived.first?.data["rotation"] as? String == missed)
    #expect(arrived.last?.data["rotation"] as? String == open)
  }

  @Test func `who must act is told once with the command, and so is the way back`() async throws {
    let simulation = try await Simulation("--adds", "1", "--removals", "1")
    let receiver = try await Receiver()
    let runbook = try runbook(simulation) { $0 + "approvals: { swap: 1 }\n" }
    let environment = Self.environment.merging(["HOOK": receiver.url]) { $1 }
    for _ in 1...2 {
      let run = try await simulation.program(["rotate", runbook, "--yes", "--wait"], environment: environment)
      #expect(run.status == 5, "\(run.err)")
    }
    #expect(receiver.all.map(\.type) == ["rotation.opened", "rotation.waiting"])
    let next = (receiver.all.last?.data["next"] as? [String: Any])?["command"] as? String
    #expect(next?.contains("approve swap") == true)
    let back = try await simulation.program(
      ["rollback", "--reason", "rehearsal", "--yes"], environment: environment)
    #expect(back.status == 6, "\(back.err)")
    #expect(receiver.all.map(\.type) == ["rotation.opened", "rotation.waiting", "rotation.rolled_back"])
    #expect((receiver.all.last?.data["checkpoint"] as? String)?.hasPrefix("keyturn/") == true)
    try expectSigned(receiver.facts)
  }

  @Test func `a failure is told with what to do`() async throws {
    let simulation = try await Simulation("--adds", "1", "--removals", "1")
    let receiver = try await Receiver()
    let runbook = try runbook(simulation) { text in
      text.replacing(#/reload: \[.*\]/#, with: #"reload: ["/bin/false"]"#)
    }
    let run = try await simulation.program(
      ["rotate", runbook, "--yes", "--wait"], environment: Self.environment.merging(["HOOK": receiver.url]) { $1 })
    #expect(run.status == 1, "\(run.err)")
    #expect(receiver.all.map(\.type) == ["rotation.opened", "rotation.swapped", "rotation.failed"])
    let failure = receiver.all.last?.data["failure"] as? [String: Any]
    #expect(failure?["code"] as? String == "DEPLOY_FAILED")
    try expectSigned(receiver.facts)
  }

  @Test func `a key within the warning time is told with every look, as one fact`() async throws {
    let simulation = try await Simulation()
    let receiver = try await Receiver()
    let runbook = try runbook(simulation) { $0.trimmingCharacters(in: .newlines) + "\n  expiry_warning: 366d\n" }
    for _ in 1...2 {
      let look = try await simulation.program(
        ["expiry", runbook, "--json"], environment: Self.environment.merging(["HOOK": receiver.url]) { $1 })
      #expect(look.status == 5, "\(look.err)")
    }
    let posts = receiver.all
    #expect(!posts.isEmpty && posts.allSatisfy { $0.type == "key.expiring" })
    let half = posts.count / 2
    #expect(posts.prefix(half).map { $0.headers["webhook-id"] } == posts.suffix(half).map { $0.headers["webhook-id"] })
    try expectSigned(Array(posts.prefix(half)))
    #expect(posts.allSatisfy { $0.data["kid"] is String && $0.data["days_left"] is Int })
  }

  @Test func `a refused exchange leaves breadcrumbs in the log and at Sentry`() async throws {
    let simulation = try await Simulation()
    let sentry = try await Receiver()
    let answer = try await simulation.program(
      ["plan", simulation.runbook],
      environment: [
        "SENTRY_DSN": "http://public@127.0.0.1:\(sentry.port)/7", "PORTAL_ADMIN_KID": "nobody-knows-it",
        "SENTRY_ENVIRONMENT": "production",
      ])
    #expect(answer.status != 0)
    let lines = answer.err.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    #expect(
      lines.prefix(2).map { $0["message"] as? String } == ["token_request_start", "token_request_exhausted"])
    #expect(lines.prefix(2).map { $0["level"] as? String } == ["info", "error"])
    #expect(lines.prefix(2).last?["outcome"] as? String == "client_error")
    let post = try #require(sentry.all.first)
    #expect(post.path == "/api/7/envelope/")
    let parts = post.body.split(separator: UInt8(ascii: "\n"))
    try #require(parts.count == 3)
    let event = try #require(JSONSerialization.jsonObject(with: parts[2]) as? [String: Any])
    let crumbs = try #require((event["breadcrumbs"] as? [String: Any])?["values"] as? [[String: Any]])
    #expect(crumbs.map { $0["category"] as? String } == ["token_request_start", "token_request_exhausted"])
    #expect((event["tags"] as? [String: Any])?["error_code"] as? String == "MASKINPORTEN_AUTH_FAILED")
    #expect(event["environment"] as? String == "production")
  }

  @Test(arguments: ["no DSN at all", "http://key@127.0.0.1:PORT/1"])
  func `a Sentry of no use changes nothing but a warning`(dsn: String) async throws {
    let simulation = try await Simulation()
    let answer = try await simulation.program(
      ["plan", simulation.runbook],
      environment: [
        "SENTRY_DSN": dsn.replacing("PORT", with: "\(try refusingPort())"), "PORTAL_ADMIN_KID": "nobody-knows-it",
      ])
    #expect(answer.status != 0)
    #expect(answer.err.components(separatedBy: "keyturn: warning: S").count == 2, "\(answer.err)")
    let quiet = try await simulation.program(
      "plan", simulation.runbook, environment: ["SENTRY_DSN": dsn, "KEYTURN_LOG": "warning"])
    #expect(quiet.status == 0, "\(quiet.err)")
    #expect(!quiet.err.contains("token_request"))
  }
}
