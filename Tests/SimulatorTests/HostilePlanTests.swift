import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import Simulator

/// A file of faults and a change by hand come from people.
@Suite(.timeLimit(.minutes(5))) struct HostilePlanTests {
  @Test func `no damage of a fault plan or a change by hand traps, and what is refused is named`() throws {
    let plan = """
      {"seed":7,"rules":[{"route":"token","client":"c","from":3,"times":2,"fault":"status","status":429,"retry_after":1},
      {"route":"*","chance":0.25,"fault":"delay","seconds":0.5},
      {"route":"keys-read","fault":"edit","edit":{"remove":["a"],"drop_use":["b"]}}]}
      """
    let edit = """
      {"client_id":"client-1","add":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB"}],"remove":["client"],
      "drop_use":["client"],"expire":{"client":1795000000},"active":true,"scopes":["a:b"],"withdrawn_scopes":["a"]}
      """
    var (inputs, refused) = (0, 0)
    try Hostile([Data(plan.utf8), Data(edit.utf8)], splices: Hostile.jsonSplices).each { bytes in
      inputs += 1
      do {
        _ = FaultInjector(try FaultPlan(parsing: bytes)).strike(.token, client: ClientID("c"))
      } catch let failure as Failure {
        refused += 1
        #expect(!failure.summary.isEmpty && !failure.remedy.isEmpty)
      }
      guard let value = try? JSONValue(parsing: bytes), let edit = try? HandEdit(reading: value) else { return }
      let fixture = try Fixture()
      try? fixture.world.edit(edit)
      _ = fixture.world.listedKeys(of: Fixture.id)
    }
    #expect(refused > inputs / 4 && refused < inputs)
    Hostile.tell("fault plans and changes by hand", inputs: inputs, refused: refused)
  }
}
