import Foundation
import Neighbours
import RotationCore
import RotationTestSupport
import Simulator
import Testing

/// Both sides of every call keep to the official schemas: what the target sends, and what the simulator answers.
@Suite struct VercelSchemaTests {
  @Test func `every request and every answer of a rotation and its way back keeps to the schemas`() async throws {
    var seen: Set<String> = []
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
      for exchange in bench.host.exchanges { seen.insert(try check(exchange)) }
    }
    #expect(seen == Set(VercelSchemas.operations.map(\.name)), "operations that were not tried")
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
      VercelSchemas.operations.first { $0.method == exchange.method && Self.matches(exchange.path, $0.path) },
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

  private static func matches(_ path: [String], _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "/").map(String.init)
    return parts.count == path.count && zip(parts, path).allSatisfy { $0 == ":" || $0 == $1 }
  }

  @Test func `the schemas refuse what they should`() throws {
    let schema = try #require(
      JSONSchema(
        #"""
        {"type":"object","required":["a"],"additionalProperties":false,"properties":{
          "a":{"oneOf":[{"type":"null"},{"type":"array","items":{"type":"string","enum":["x"]}}]}}}
        """#))
    #expect(schema.problems(of: ["a": ["x"]]).isEmpty)
    #expect(schema.problems(of: ["a": .null]).isEmpty)
    for wrong: JSONValue in [["a": ["y"]], [:], ["a": ["x"], "b": 1], ["a": 1], "a"] {
      #expect(!schema.problems(of: wrong).isEmpty)
    }
  }
}

/// As much of JSON Schema as OpenAPI 3.0's operations use here.
struct JSONSchema {
  private let schema: JSONValue

  init?(_ text: String) {
    guard let schema = try? JSONValue(parsing: Data(text.utf8)) else { return nil }
    self.schema = schema
  }

  private init(_ schema: JSONValue) { self.schema = schema }

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
    for name in schema["required"]?.array?.compactMap(\.string) ?? [] where members[name] == nil {
      problems.append("\(place).\(name) is missing")
    }
    for (name, member) in members {
      if let known = schema["properties"]?[name] {
        problems += JSONSchema(known).problems(of: member, at: "\(place).\(name)")
      } else if schema["additionalProperties"] == .bool(false) {
        problems.append("\(place).\(name) is not known")
      } else if let rest = schema["additionalProperties"], rest.object != nil {
        problems += JSONSchema(rest).problems(of: member, at: "\(place).\(name)")
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
