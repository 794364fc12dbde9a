import Foundation
import Neighbours
import RotationCore
import RotationTestSupport
import Simulator
import Testing

/// Both sides of every call keep to the official schemas: what the target sends, and what the simulator answers.
@Suite struct VercelSchemaTests {
  @Test func `every request and every answer of a rotation and its way back keeps to the schemas`() async throws {
    let exchanges = try await Self.exchanges()
    #expect(
      try Set(exchanges.map(check)) == Set(VercelSchemas.operations.map(\.name)), "operations that were not tried")
  }

  @Test func `what is not official is not let through, in no request and in no answer`() async throws {
    var (judged, tried) = (Set<[String]>(), 0)
    for exchange in try await Self.exchanges() {
      let operation = try #require(VercelSchemas.operation(exchange))
      let sides = [(operation.request, exchange.request), (operation.answer(exchange.status), exchange.answer)]
      for case (let text?, let document?) in sides {
        let schema = try #require(JSONSchema(text))
        let all = document.spoiled()
        guard judged.insert(all.map(\.what).sorted() + [text]).inserted else { continue }
        for (what, spoiled) in all {
          #expect(!schema.problems(of: spoiled).isEmpty, "\(operation.name) lets through \(what)")
          tried += 1
        }
        for name in schema.required {
          guard case .object(var members) = document else { continue }
          members[name] = nil
          #expect(!schema.problems(of: .object(members)).isEmpty, "\(operation.name) does without \(name)")
          tried += 1
        }
      }
    }
    print("\(tried) documents that are not official, none let through")
  }

  @Test func `the client reads no member that no schema names`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Sources/Neighbours/Vercel")
    var read: Set<String> = []
    for file in ["VercelAPI", "VercelTypes", "VercelTarget", "VercelDeployer"] {
      let code = try String(contentsOf: folder.appending(path: file + ".swift"), encoding: .utf8)
      read.formUnion(code.matches(of: /\["([A-Za-z-]+)"\]/).map { String($0.1) })
    }
    let named = Set(
      VercelSchemas.operations.flatMap { $0.answers.values + [$0.answer(400), $0.answer(429)].compactMap(\.self) }
        .compactMap(JSONSchema.init).flatMap(\.names))
    #expect(read.count > 40 && read.subtracting(named).subtracting(["retry-after", "x-ratelimit-reset"]).isEmpty)
  }

  /// Of a rotation and its way back, with every operation in it.
  private static func exchanges() async throws -> [VercelHost.Exchange] {
    var exchanges: [VercelHost.Exchange] = []
    for (type, staged) in [(Runbook.Vercel.VariableType.sensitive, true), (.encrypted, false)] {
      let bench = try await VercelBench(type) {
        $0.autoAssign = !staged
        $0.buildTime = .seconds(300)
      } adjust: {
        $0.team = "team_1"
      }
      bench.host.change { $0.team = "team_1" }
      bench.host.plan(.tooManyLooks(.resetMember(bench.clock.now() + .seconds(20))))
      _ = await bench.make().preflight()
      let bookmark = try await bench.make().bookmark()
      bench.host.plan(.tooManyRequests(.resetMember(bench.clock.now() + .seconds(20))))
      bench.host.plan(.ongoingUpdate)
      bench.host.plan(.halfOfTheVariables)
      try? await bench.make().write(bench.pairs.incoming.copy(), replacing: bench.pairs.outgoing.kid)
      try await bench.make().write(bench.pairs.incoming.copy(), replacing: nil)
      if !staged {
        _ = try? await bench.make(Cut(at: 4, .after)).deploy(bench.order(bench.pairs.incoming, bookmark: bookmark))
        try await bench.make().deploy(bench.order(bench.pairs.outgoing, .back, bookmark: bookmark))
      }
      try await bench.make().deploy(
        TargetOrder(
          rotation: RotationID(rawValue: "R-20261122-NEXT"), kid: bench.pairs.incoming.kid, bookmark: bookmark))
      bench.host.change { $0.rollTime = .seconds(5) }
      bench.host.change { $0.canary = "dpl_1" }
      _ = await bench.make().preflight()
      bench.host.change { ($0.rollTime, $0.canary) = (nil, nil) }
      _ = try await bench.make().cleanUp(bench.order(bench.pairs.incoming), removed: bench.pairs.outgoing.kid)
      try await bench.make().write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
      try await bench.make().deploy(bench.order(bench.pairs.outgoing, .back, bookmark: bookmark))
      exchanges += bench.host.exchanges
    }
    return exchanges
  }

  @Test func `every refusal is one that the operation names, and is told with its status`() async throws {
    let bench = try await VercelBench(.sensitive)
    let order = try await bench.swapped()
    let going = bench.order(bench.pairs.outgoing, .back, bookmark: order.bookmark)
    var told: [Int: NeighbourTrouble] = [:]
    func refuse(_ status: Int, _ body: () async throws -> Void) async {
      told[status] = await trouble { try await body() }
    }
    bench.host.change { $0.team = "team_2" }
    await refuse(404) { _ = try await bench.make().bookmark() }
    bench.host.change { ($0.team, $0.token) = (nil, "another") }
    await refuse(403) { _ = try await bench.make().bookmark() }
    bench.host.change { $0.token = VercelBench.token }
    #expect(try await bench.ask("POST", "v1/projects/prj_1/rollback/dpl_none") == 422)
    #expect(try await bench.ask("POST", "v10/projects/prj_1/promote/dpl_1") == 409)
    try await bench.make().deploy(order)
    bench.host.push()
    bench.clock.advance(by: .seconds(60))
    bench.host.change { $0.isHobby = true }
    // The one before the present one is all that a Hobby project goes back to: ours is built anew then.
    try await bench.make().write(bench.pairs.outgoing.copy(), replacing: bench.pairs.incoming.kid)
    try await bench.make().deploy(going)
    #expect(bench.app.signingKid == bench.pairs.outgoing.kid)
    for (status, trouble) in told { #expect(trouble.kind == .rejected && trouble.status == status, "\(trouble)") }
    #expect(Set(told.keys) == [403, 404])
    let statuses = try Set(bench.host.exchanges.map { try (check($0), $0.status).1 }.filter { $0 >= 400 })
    #expect(statuses == [402, 403, 404, 409, 422])
  }

  /// The operation's name.
  private func check(_ exchange: VercelHost.Exchange) throws -> String {
    let operation = try #require(
      VercelSchemas.operation(exchange),
      "\(exchange.method) \(exchange.path.joined(separator: "/")) is no operation")
    let query = Set(exchange.query.keys).subtracting(["teamId", "slug"])
    #expect(query.isSubset(of: operation.query), "\(operation.name): \(query)")
    if let request = operation.request {
      let problems = JSONSchema(request)?.problems(of: exchange.request ?? .null) ?? ["no schema"]
      #expect(problems.isEmpty, "\(operation.name), request: \(problems)")
    } else {
      #expect(exchange.request == nil, "\(operation.name) takes no body")
    }
    let answer = try #require(operation.answer(exchange.status), "\(operation.name) answered \(exchange.status)")
    let problems = JSONSchema(answer)?.problems(of: exchange.answer ?? .null) ?? ["no schema"]
    #expect(problems.isEmpty, "\(operation.name), answer \(exchange.status): \(problems)")
    return operation.name
  }

  @Test func `the schemas refuse what they should`() throws {
    let schema = try #require(
      JSONSchema(
        #"""
        {"type":"object","required":["a"],"properties":{
          "a":{"oneOf":[{"type":"null"},{"type":"array","items":{"type":"string","enum":["x"]}}]},
          "c":{"type":"object","additionalProperties":{"type":"string"}}}}
        """#))
    #expect(schema.problems(of: ["a": ["x"]]).isEmpty)
    #expect(schema.problems(of: ["a": .null, "c": ["d": "e"]]).isEmpty)
    for wrong: JSONValue in [["a": ["y"]], [:], ["a": ["x"], "b": 1], ["a": 1], "a", ["a": .null, "c": ["d": 1]]] {
      #expect(!schema.problems(of: wrong).isEmpty)
    }
  }
}

extension VercelSchemas {
  /// The one that an exchange belongs to.
  fileprivate static func operation(_ exchange: VercelHost.Exchange) -> Operation? {
    operations.first { operation in
      let parts = operation.path.split(separator: "/").map(String.init)
      return operation.method == exchange.method && parts.count == exchange.path.count
        && zip(parts, exchange.path).allSatisfy { $0 == ":" || $0 == $1 }
    }
  }
}

extension JSONValue {
  /// This document with one thing wrong, once for each object and each value in it: a member that nobody knows, or
  /// something that is of no type that stands there.
  fileprivate func spoiled(at place: String = "$") -> [(what: String, document: JSONValue)] {
    let stranger: JSONValue = [["unofficial"]]
    switch self {
    case .object(let members):
      let more = members.merging(["unofficial": stranger]) { own, _ in own }
      return [("an unknown member of \(place)", .object(more))]
        + members.flatMap { name, member in
          member.spoiled(at: "\(place).\(name)").map { what, spoiled in
            (what, .object(members.merging([name: spoiled]) { _, new in new }))
          }
        }
    case .array(let elements):
      return elements.indices.flatMap { index in
        elements[index].spoiled(at: "\(place)[\(index)]").map { what, spoiled in
          var elements = elements
          elements[index] = spoiled
          return (what, .array(elements))
        }
      }
    case .null, .bool, .integer, .number, .string: return [("another type of \(place)", stranger)]
    }
  }
}

/// As much of JSON Schema as OpenAPI 3.0's operations use here. An object that names its members has no others, unless it
/// says of which kind these are.
struct JSONSchema {
  private let schema: JSONValue

  init?(_ text: String) {
    guard let schema = try? JSONValue(parsing: Data(text.utf8)) else { return nil }
    self.schema = schema
  }

  private init(_ schema: JSONValue) { self.schema = schema }

  /// What the document as a whole cannot do without.
  var required: [String] { schema["required"]?.array?.compactMap(\.string) ?? [] }

  /// Every member that it names, at any depth.
  var names: [String] { Self.names(in: schema) }

  private static func names(in value: JSONValue) -> [String] {
    let inner = (value.array ?? []) + (value.object.map { Array($0.values) } ?? [])
    return (value["properties"]?.object.map { Array($0.keys) } ?? []) + inner.flatMap { names(in: $0) }
  }

  func problems(of value: JSONValue, at place: String = "$") -> [String] {
    if let choices = schema["oneOf"]?.array {
      return choices.contains { JSONSchema($0).problems(of: value, at: place).isEmpty } ? [] : ["\(place) fits none"]
    }
    var problems: [String] = []
    if let type = schema["type"] {
      let types = type.array?.compactMap(\.string) ?? type.string.map { [$0] } ?? []
      guard types.contains(where: { Self.is(value, $0) }) else { return ["\(place) is not \(types)"] }
    }
    if let allowed = schema["enum"]?.array, !allowed.contains(value) { problems.append("\(place) is not in the enum") }
    if let limit = schema["maxLength"]?.integer, value.string.map({ $0.count > limit }) ?? false {
      problems.append("\(place) is too long")
    }
    if let items = schema["items"], let elements = value.array {
      for (index, element) in elements.enumerated() {
        problems += JSONSchema(items).problems(of: element, at: "\(place)[\(index)]")
      }
    }
    guard let members = value.object else { return problems }
    for name in required where members[name] == nil {
      problems.append("\(place).\(name) is missing")
    }
    for (name, member) in members {
      if let known = schema["properties"]?[name] {
        problems += JSONSchema(known).problems(of: member, at: "\(place).\(name)")
      } else if let rest = schema["additionalProperties"] {
        problems += JSONSchema(rest).problems(of: member, at: "\(place).\(name)")
      } else if schema["properties"] != nil {
        problems.append("\(place).\(name) is not known")
      }
    }
    return problems
  }

  private static func `is`(_ value: JSONValue, _ type: String) -> Bool {
    switch value {
    case .null: type == "null"
    case .bool: type == "boolean"
    case .integer: type == "number" || type == "integer"
    case .number: type == "number"
    case .string: type == "string"
    case .array: type == "array"
    case .object: type == "object"
    }
  }
}
