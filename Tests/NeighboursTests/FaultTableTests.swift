import Foundation
import RotationCore
import Testing

@testable import Neighbours

/// Every fault at every kind of call has a named outcome: the table that the README counts.
@Suite(.serialized) struct FaultTableTests {
  typealias Reply = LoopbackServer.Reply

  /// What a neighbour does instead of answering well; `good` is the answer that it would have given.
  struct Fault: Sendable {
    var name: String
    var reply: @Sendable (_ good: String) -> Reply
    /// By call; `nil` where the fault cannot be told from a good answer.
    var expected: Expected

    struct Expected: Sendable {
      var kind: NeighbourTrouble.Kind
      /// Whether a write may have happened.
      var unknown = false
      var wait: Int?
    }
  }

  private static func json(_ body: String, _ headers: [String: String] = [:], status: Int = 200) -> Reply {
    .json(status, body, headers: headers)
  }

  static let faults: [Fault] =
    [
      Fault(name: "connection reset", reply: { _ in .reset }, expected: .init(kind: .unanswered, unknown: true)),
      Fault(
        name: "closed without an answer", reply: { _ in .raw("") }, expected: .init(kind: .unanswered, unknown: true)),
      Fault(
        name: "closed in the answer's head", reply: { _ in .raw("HTTP/1.1 200 OK\r\nContent-Le") },
        expected: .init(kind: .unanswered, unknown: true)),
      Fault(
        name: "closed in the answer's body",
        reply: { .raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n\($0)") },
        expected: .init(kind: .unanswered, unknown: true)),
      Fault(
        name: "no answer in time", reply: { _ in .stall(after: "") }, expected: .init(kind: .unanswered, unknown: true)),
      Fault(
        name: "half an answer in time",
        reply: { _ in .stall(after: "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{") },
        expected: .init(kind: .unanswered, unknown: true)),
      Fault(
        name: "answered twice",
        reply: { good in
          let answer = "HTTP/1.1 500 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
          return .raw(answer + answer)
        }, expected: .init(kind: .serverError, unknown: true)),
      Fault(
        name: "no HTTP at all", reply: { _ in .raw("SSH-2.0-OpenSSH_9.2\r\n") },
        expected: .init(kind: .unanswered, unknown: true)),
      Fault(
        name: "429, Retry-After in seconds", reply: { _ in .with(429, "", ["Retry-After": "7"]) },
        expected: .init(kind: .rateLimited, wait: 7)),
      Fault(
        name: "429, Retry-After as a date",
        reply: { _ in
          .with(
            429, "", ["Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"])
        }, expected: .init(kind: .rateLimited, wait: 10)),
      Fault(
        name: "429, Retry-After of a day", reply: { _ in .with(429, "", ["Retry-After": "86400"]) },
        expected: .init(kind: .rateLimited, wait: 60)),
    ]
    + [500, 502, 504].map { status in
      Fault(
        name: "\(status)", reply: { _ in .with(status, "<html>") }, expected: .init(kind: .serverError, unknown: true))
    }
    + [301, 302, 303, 307, 308].map { status in
      Fault(
        name: "\(status), elsewhere",
        reply: { good in json(good, ["Location": "/elsewhere", "Set-Cookie": "a=b"], status: status) },
        expected: .init(kind: .unusableAnswer, unknown: true))
    }
    + [
      Fault(
        name: "a body past the bound", reply: { _ in json(String(repeating: "x", count: 300_000)) },
        expected: .init(kind: .unusableAnswer, unknown: true)),
      Fault(
        name: "truncated JSON", reply: { json(String($0.dropLast(2))) }, expected: .init(kind: .unusableAnswer)),
      Fault(
        name: "another content type", reply: { .with(200, $0, ["Content-Type": "text/html"]) },
        expected: .init(kind: .unusableAnswer)),
      Fault(
        name: "no content type", reply: { .with(200, $0) }, expected: .init(kind: .unusableAnswer)),
      Fault(name: "an empty 200", reply: { _ in json("") }, expected: .init(kind: .unusableAnswer)),
      Fault(name: "JSON of another shape", reply: { _ in json("[1]") }, expected: .init(kind: .unusableAnswer)),
    ]

  /// The calls, each with its good answer.
  enum Call: String, CaseIterable {
    case token, metadata
    case portalRead = "portal read"
    case portalWrite = "portal write"
    case readiness, beacon
    case vercelRead = "Vercel read"
    case vercelWrite = "Vercel write"
    case altinn = "Altinn exchange"

    var isWrite: Bool { self == .portalWrite || self == .vercelWrite }

    var good: String {
      switch self {
      case .token: #"{"access_token":"t","token_type":"Bearer","expires_in":120}"#
      case .metadata: #"{"issuer":"https://i/","token_endpoint":"https://i/token"}"#
      case .portalRead: #"{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB"}]}"#
      case .portalWrite: "{}"
      case .readiness: #"{"status":"ready"}"#
      case .beacon: #"{"kid":"k"}"#
      case .vercelRead: #"{"id":"prj_1","name":"app"}"#
      case .vercelWrite: #"{"created":[],"failed":[]}"#
      case .altinn: "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhbHRpbm4ifQ.c2lnbmF0dXJl"
      }
    }

    /// The fault cannot be told from a good answer: what the portal lists after a write is read back whatever its answer
    /// says, and Altinn's token is text of any type, of which nothing but the shape is looked at.
    func isBlind(to fault: Fault) -> Bool {
      switch self {
      case .portalWrite: fault.expected.kind == .unusableAnswer && !fault.expected.unknown
      case .altinn: ["truncated JSON", "another content type", "no content type"].contains(fault.name)
      default: false
      }
    }

    /// How often it is sent: Vercel is looked at five times, and what its rate limit kept out is sent again; what was read
    /// as JSON and is of another shape is not asked for anew.
    func tries(_ fault: Fault) -> Int {
      switch self {
      case .vercelRead: ["an empty 200", "JSON of another shape"].contains(fault.name) ? 1 : 5
      case .vercelWrite: fault.expected.kind == .rateLimited ? 5 : 1
      default: 1
      }
    }
  }

  private func trouble(of call: Call, at url: String, answer: Duration) async throws -> NeighbourTrouble? {
    let place = try Neighbourhood(answer: answer)
    do {
      switch call {
      case .token:
        guard case .trouble(let trouble) = await place.maskinporten(url).request(with: try Signer.app()) else {
          return nil
        }
        return trouble
      case .metadata: _ = try await place.maskinporten(url, issuer: url + "/").metadata()
      case .portalRead: _ = try await place.portal(url).read()
      case .portalWrite: try await place.portal(url).replace(with: [PortalKey(Signer.app().reference)])
      case .readiness:
        _ = try await HTTPReadinessProbe(url: url + "/ready", secret: SecretString("s"), transport: place.transport)
          .status()
      case .beacon: _ = try await HTTPSignerBeacon(url: url + "/signer", transport: place.transport).signingKid()
      case .vercelRead: _ = try await place.vercel(url).bookmark()
      case .vercelWrite:
        let pair = SigningPair(kid: KeyID("k"), privateKey: SecretBytes(utf8: "private"))
        try await place.vercel(url).write(pair, replacing: nil)
      case .altinn:
        let grant = TokenGrant(kid: "k", at: .distantPast, lifetime: 120)
        _ = try await AltinnExchange(url: url + "/exchange", transport: place.transport)
          .trial(of: AccessToken(grant: grant, value: SecretString("t"), expires: .distantFuture))
      }
      return nil
    } catch let trouble as NeighbourTrouble { return trouble }
  }

  /// Serves good admin tokens, and the fault to everything else.
  private func outcome(_ fault: Fault, _ call: Call) async throws -> (NeighbourTrouble?, requests: [String]) {
    let isPortal = call == .portalRead || call == .portalWrite
    let stalls = fault.name.contains("in time")
    return try await withServer({ request, _ in
      if isPortal, request.line.hasPrefix("POST /token") { return Neighbourhood.granted() }
      if call == .vercelWrite, request.line.hasPrefix("GET ") { return Self.json(#"{"envs":[]}"#) }
      return fault.reply(call.good)
    }) { server in
      let late: Duration = call == .vercelRead ? .seconds(3) : .seconds(15)
      let trouble = try await trouble(of: call, at: server.url, answer: stalls ? late : .seconds(60))
      let requests = server.requests.map(\.line).filter { call != .vercelWrite || $0.hasPrefix("POST ") }
      return (trouble, requests)
    }
  }

  /// At once, since a time-out is waited for.
  private func outcomes(_ fault: Fault) async throws -> [(Call, (NeighbourTrouble?, requests: [String]))] {
    try await withThrowingTaskGroup(of: (Call, (NeighbourTrouble?, requests: [String])).self) { group in
      for call in Call.allCases { group.addTask { (call, try await outcome(fault, call)) } }
      var outcomes: [Call: (NeighbourTrouble?, requests: [String])] = [:]
      for try await (call, outcome) in group { outcomes[call] = outcome }
      return Call.allCases.compactMap { call in outcomes[call].map { (call, $0) } }
    }
  }

  @Test func `every fault at every call has its outcome by name, and nothing is followed or sent again`() async throws {
    var lines: [String] = []
    for fault in Self.faults {
      var cells: [Call: String] = [:]
      for (call, (trouble, requests)) in try await outcomes(fault) {
        if call.isBlind(to: fault) {
          #expect(trouble == nil, "\(fault.name), \(call.rawValue)")
        } else {
          let place: Comment = "\(fault.name), \(call.rawValue): \(trouble.map { "\($0)" } ?? "no trouble")"
          #expect(trouble?.kind == fault.expected.kind, place)
          #expect(trouble?.retryAfter == fault.expected.wait.map { .seconds($0) }, place)
          // Of Vercel's writes the answer is read: one that cannot be is as good as none.
          let isUnread = call == .vercelWrite && fault.expected.kind == .unusableAnswer
          if call.isWrite { #expect(trouble?.effectIsUnknown == (fault.expected.unknown || isUnread), place) }
        }
        let asked = requests.count { !$0.hasPrefix("POST /token") || call == .token }
        #expect(asked == call.tries(fault), "\(fault.name), \(call.rawValue): \(requests)")
        #expect(!requests.contains { $0.contains("/elsewhere") })
        cells[call] =
          (trouble?.kind.rawValue ?? (call.isWrite ? "taken, then read back" : "taken"))
          + (call.isWrite && trouble?.effectIsUnknown == true ? ", look first" : "")
      }
      let reads = Set(cells.filter { !$0.key.isWrite && $0.value != "taken" }.values).sorted().joined(separator: ", ")
      let writes = [Call.portalWrite, .vercelWrite].map { "\($0.rawValue): \(cells[$0] ?? "")" }
      let taken = cells[.altinn] == "taken" ? " | \(Call.altinn.rawValue): taken" : ""
      lines.append("  \(fault.name) | reads: \(reads) | \(writes.joined(separator: " | "))\(taken)")
    }
    print("fault -> outcome, \(lines.count) faults at \(Call.allCases.count) calls:")
    for line in lines { print(line) }
  }

  @Test func `nobody listening, no such name and no TLS were never sent`() async throws {
    let refusing = try LoopbackServer.refusingURL()
    let plain = try LoopbackServer(greeting: "HTTP/1.1 400 Bad Request\r\n\r\n") { _, _ in .reset }
    defer { plain.stop() }
    let places = [
      ("nobody listens", refusing), ("no such name", "http://no-such-host.invalid"),
      ("no TLS", plain.url.replacing("http://", with: "https://")),
    ]
    for (name, url) in places {
      for call in [Call.token, .metadata, .readiness, .beacon, .vercelRead, .vercelWrite, .altinn] {
        let trouble = try await trouble(of: call, at: url, answer: .seconds(60))
        #expect(trouble?.kind == .unreachable, "\(name), \(call.rawValue)")
        #expect(trouble?.effectIsUnknown == false, "\(name), \(call.rawValue)")
      }
      let portal = try SelfServicePortal(
        base: url, clientID: ClientID("c"),
        adminToken: Neighbourhood().adminToken(from: refusing), transport: Neighbourhood().transport)
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await portal.replace(with: [PortalKey(Signer.app().reference)])
      }
      #expect(trouble?.effectIsUnknown == false)
      print("  \(name) | every call: unreachable, nothing was sent")
    }
  }
}
