import Foundation
import RotationCore
import Testing

@testable import Simulator

struct FaultPlanTests {
  private func plan(_ text: String) throws -> FaultPlan { try FaultPlan(parsing: Data(text.utf8)) }

  @Test func `a file becomes the rules that it says`() throws {
    let plan = try plan(
      """
      { "seed": 7, "rules": [
        { "route": "keys-write", "fault": "drop", "effect": true },
        { "route": "token", "client": "c", "from": 3, "times": 2, "fault": "status", "status": 429, "retry_after": 1 },
        { "route": "portal", "times": 0, "fault": "drop" },
        { "route": "*", "chance": 0.25, "fault": "delay", "seconds": 0.5 },
        { "route": "keys-write", "fault": "late", "seconds": 30 },
        { "route": "app", "fault": "status", "status": 503, "retry_after_date": 9 },
        { "route": "keys-read", "fault": "edit", "edit": { "remove": ["a"], "drop_use": ["b"] } },
        { "route": "jwk", "fault": "huge", "bytes": 10 }, { "route": "jwk", "fault": "date", "seconds": -3 }
      ] }
      """)
    #expect(plan.seed == 7)
    #expect(
      plan.rules == [
        FaultRule(.keysWrite, .drop(afterEffect: true)),
        FaultRule(
          .token, .status(429, retryAfter: .seconds(1), afterEffect: false), client: ClientID("c"), from: 3, times: 2),
        FaultRule(.portal, .drop(afterEffect: false), times: nil),
        FaultRule(.everything, .delay(.milliseconds(500)), chance: 0.25),
        FaultRule(.keysWrite, .late(.seconds(30))),
        FaultRule(.app, .status(503, retryAfter: .date(in: .seconds(9)), afterEffect: false)),
        FaultRule(.keysRead, .edit(HandEdit(remove: [KeyID("a")], dropUse: [KeyID("b")]))),
        FaultRule(.serverKeys, .huge(bytes: 10)), FaultRule(.serverKeys, .date(offset: .seconds(-3))),
      ])
    #expect(try self.plan("{}") == FaultPlan())
  }

  @Test(arguments: [
    "[]", "x", #"{"rules":{}}"#, #"{"rule":[]}"#, #"{"rules":[{"fault":"drop"}]}"#,
    #"{"rules":[{"route":"tokens","fault":"drop"}]}"#, #"{"rules":[{"route":"token","fault":"explode"}]}"#,
    #"{"rules":[{"route":"token","fault":"drop","efect":true}]}"#,
    #"{"rules":[{"route":"token","fault":"status"}]}"#,
    #"{"rules":[{"route":"token","fault":"status","status":99}]}"#,
    #"{"rules":[{"route":"token","fault":"drop","from":-1}]}"#,
    #"{"rules":[{"route":"token","fault":"delay","seconds":"1"}]}"#,
  ])
  func `a file that cannot be meant is refused`(text: String) {
    #expect(throws: Failure.self) { try plan(text) }
  }

  @Test func `a rule strikes its nth fitting call and counts no others`() {
    let injector = FaultInjector()
    injector.add(FaultRule(.token, .truncated, client: ClientID("a"), from: 2, times: 2))
    let calls = ["a", "b", "a", "b", "a", "a"].map { injector.strike(.token, client: ClientID($0)).count }
    #expect(calls == [0, 0, 1, 0, 1, 0])
    #expect(injector.strike(.metadata, client: ClientID("a")).isEmpty)
    #expect(injector.tally.map(\.seen) == [4])
    #expect(injector.tally.map(\.struck) == [2])
  }

  @Test func `chance repeats with its seed`() {
    func strikes(_ seed: UInt64) -> [Bool] {
      let rule = FaultRule(.everything, .truncated, times: nil, chance: 0.5)
      let injector = FaultInjector(FaultPlan(seed: seed, rules: [rule]))
      return (0..<64).map { _ in !injector.strike(.token, client: nil).isEmpty }
    }
    #expect(strikes(1) == strikes(1))
    #expect(strikes(1) != strikes(2))
    #expect((10...54).contains(strikes(1).filter(\.self).count))
  }

  @Test func `several faults of one call add up`() {
    let injector = FaultInjector(
      FaultPlan(rules: [FaultRule(.portal, .delay(.zero)), FaultRule(.keysRead, .stale), FaultRule(.app, .cut)]))
    #expect(injector.strike(.keysRead, client: nil) == [.delay(.zero), .stale])
  }
}
