package import Foundation
internal import RotationCore

/// What goes wrong in one run of the simulator. As a file (`keyturn simulate --faults FILE`), JSON:
///
/// ```json
/// { "seed": 7,
///   "rules": [
///     { "route": "keys-write", "fault": "drop", "effect": true },
///     { "route": "token", "client": "…", "from": 3, "times": 2, "fault": "status", "status": 429, "retry_after": 1 },
///     { "route": "portal", "times": 0, "fault": "drop" }
///   ] }
/// ```
///
/// Members of a rule: `route` (`token`, `metadata`, `jwk`, `client-read`, `keys-read`, `keys-write`, `keys-delete`,
/// `readiness`, `signer`, `reload`, `call`, or `portal`, `app`, `*`), `client` (a client id; default: any), `from`
/// (first call struck, from 1; default 1), `times` (calls struck; 0: all that follow; default 1), `chance` (0 to 1;
/// default 1), and `fault`, which is one of
///
/// | fault | members | what happens |
/// |---|---|---|
/// | `drop` | `effect` (false) | the connection closes without an answer, before or after the effect |
/// | `cut` | | the connection closes in the middle of the answer |
/// | `late` | `seconds` | as `drop`, and the key set that was sent lands so much later |
/// | `delay` | `seconds` | the call waits in real time first; on `reload`, a slow restart |
/// | `status` | `status`, `retry_after` or `retry_after_date` (seconds), `effect` (false) | another answer |
/// | `truncated` | | half of the JSON |
/// | `content-type` | `value` (`text/html`) | another content type |
/// | `huge` | `bytes` (16 MiB) | a very large body |
/// | `redirect` | `location` | 302, no effect |
/// | `stale` | | the key set before the last change (`keys-read`) |
/// | `date` | `seconds` | the `Date` header is off |
/// | `page` | `status` (200) | an HTML page, as from a proxy |
/// | `refusal` | `refusal` (a `GrantRefusal`: `delegationMissing`, …) | the grant is refused in Maskinporten's words |
/// | `replay` | | the call arrives twice; the second answer comes back |
/// | `edit` | `edit` (as `POST /_simulator/keys`) | somebody changes the portal right after the answer |
package struct FaultPlan: Sendable, Hashable {
  package var seed: UInt64
  package var rules: [FaultRule]

  package init(seed: UInt64 = 1, rules: [FaultRule] = []) {
    self.seed = seed
    self.rules = rules
  }

  /// Throws `Failure` naming the rule and the member that is wrong.
  package init(parsing bytes: Data) throws {
    guard let document = try? JSONValue(parsing: bytes) else { throw Self.unusable("it is no JSON") }
    var members = try MemberReader(document, of: "the fault plan")
    seed = UInt64(clamping: try members.integer("seed") ?? 1)
    rules = []
    for (index, value) in (try members.array("rules") ?? []).enumerated() {
      rules.append(try FaultRule(value, name: "rule \(index + 1)"))
    }
    try members.end()
  }

  static func unusable(_ detail: String) -> Failure {
    Failure(
      .inputInvalid, "the fault plan cannot be used: \(detail)",
      remedy: ["write {\"rules\":[{\"route\":\"token\",\"fault\":\"drop\"}]}; the members are those of FaultPlan"])
  }
}

extension FaultRule {
  init(_ value: JSONValue, name: String) throws {
    var members = try MemberReader(value, of: name)
    let route = try members.required(members.string("route"), "route")
    switch route {
    case "portal": scope = .portal
    case "app": scope = .app
    case "*": scope = .everything
    default:
      guard let known = SimulatorRoute(rawValue: route) else { throw FaultPlan.unusable("\(name): no route \(route)") }
      scope = .route(known)
    }
    client = try members.string("client").map(ClientID.init(rawValue:))
    from = max(1, try members.integer("from") ?? 1)
    let count = try members.integer("times") ?? 1
    times = count == 0 ? nil : count
    chance = try members.number("chance") ?? 1
    fault = try Fault(reading: &members, name: name)
    try members.end()
  }
}

extension Fault {
  fileprivate init(reading members: inout MemberReader, name: String) throws {
    let kind = try members.required(members.string("fault"), "fault")
    switch kind {
    case "drop": self = .drop(afterEffect: try members.bool("effect") ?? false)
    case "cut": self = .cut
    case "late": self = .late(try members.required(members.seconds("seconds"), "seconds"))
    case "delay": self = .delay(try members.required(members.seconds("seconds"), "seconds"))
    case "status":
      var wait = try members.integer("retry_after").map(RetryAfter.seconds)
      if let date = try members.seconds("retry_after_date") { wait = .date(in: date) }
      let status = try members.required(members.integer("status"), "status")
      guard (200...599).contains(status) else { throw FaultPlan.unusable("\(name): status must be 200 to 599") }
      self = .status(status, retryAfter: wait, afterEffect: try members.bool("effect") ?? false)
    case "truncated": self = .truncated
    case "content-type": self = .contentType(try members.string("value") ?? "text/html")
    case "huge":
      let bytes = try members.integer("bytes") ?? 16 << 20
      guard (0...(1 << 28)).contains(bytes) else { throw FaultPlan.unusable("\(name): bytes must be 0 to 268435456") }
      self = .huge(bytes: bytes)
    case "redirect": self = .redirect(to: try members.string("location") ?? "/elsewhere")
    case "stale": self = .stale
    case "date": self = .date(offset: try members.required(members.seconds("seconds"), "seconds"))
    case "page":
      let status = try members.integer("status") ?? 200
      guard (200...599).contains(status) else { throw FaultPlan.unusable("\(name): status must be 200 to 599") }
      self = .page(status: status)
    case "refusal":
      let word = try members.required(members.string("refusal"), "refusal")
      guard let refusal = GrantRefusal(rawValue: word) else { throw FaultPlan.unusable("\(name): no refusal \(word)") }
      self = .refusal(refusal)
    case "replay": self = .replay
    case "edit":
      let edit = try members.required(members.value("edit"), "edit")
      self = .edit(try HandEdit(reading: edit))
    default: throw FaultPlan.unusable("\(name): no fault \(kind)")
    }
  }
}
