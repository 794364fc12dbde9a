import Foundation
import Testing

/// One rotation, judged afterwards by the simulator's call log, our own log, and what stands at the end.
struct RotationHistory {
  private let world: CrashWorld

  init(_ world: CrashWorld) { self.world = world }

  func check(_ place: Comment) async throws {
    let rotation = try #require(try await world(["status", "--json"]).json["rotation"] as? String)
    let pack = try await world(["show", rotation, "--json"]).json
    let phase = try #require(pack["phase"] as? String)
    let keys = try #require(pack["keys"] as? [[String: Any]])
    func key(_ role: String) throws -> [String: Any] { try #require(keys.first { $0["role"] as? String == role }) }
    let (outgoing, incoming) = (try key("outgoing"), try key("incoming"))
    let isForward = phase == "completed"
    #expect(isForward || phase == "rolledBack", "\(place): \(phase)")
    #expect(outgoing["private_half_in_store"] as? Bool == !isForward, "\(place): store")
    #expect(incoming["private_half_in_store"] as? Bool == isForward, "\(place): store")
    let live = try #require((isForward ? incoming : outgoing)["kid"] as? String)
    try await checkEnds(live: live, outgoing: try #require(outgoing["kid"] as? String), place)
    let entries = try await world.entries()
    try await checkEffects(entries, place)
    checkPhases(phase, entries, place)
  }

  /// Every rotation ends in the same world: one key of ours everywhere, nothing left over.
  private func checkEnds(live: String, outgoing: String, _ place: Comment) async throws {
    let simulation = world.simulation
    let others = Set(world.keysBefore).subtracting([outgoing])
    #expect(Set(try await simulation.listedKids()) == others.union([live]), "\(place): portal")
    let target = try String(contentsOf: simulation.envFile, encoding: .utf8)
    #expect(target.replacing("'", with: "").contains("MASKINPORTEN_KID=\(live)\n"), "\(place): target")
    let parts = target.components(separatedBy: "-----")
    #expect(parts.count == 5 && parts[1] == "BEGIN PRIVATE KEY" && parts[3] == "END PRIVATE KEY", "\(place): target")
    // The private half that is there is of the key that the store holds under that kid.
    let modulus = try #require(try await world(["keys", "emit", live]).json["n"] as? String)
    let padded = modulus.replacing("-", with: "+").replacing("_", with: "/")
      .padding(toLength: (modulus.count + 3) / 4 * 4, withPad: "=", startingAt: 0)
    let half = parts.indices.contains(2) ? Data(base64Encoded: parts[2].filter { !$0.isWhitespace }) : nil
    #expect(half?.range(of: try #require(Data(base64Encoded: padded))) != nil, "\(place): target")
    let state = try await simulation.get("/_simulator/state")
    #expect((state["app"] as? [String: Any])?["kid"] as? String == live, "\(place): app")
    let site = try FileManager.default.contentsOfDirectory(atPath: simulation.envFile.deletingLastPathComponent().path)
    #expect(Set(site) == [".env", "runbook.yaml"], "\(place): beside the target")
  }

  /// No effect was sent twice, and nobody who used the app was refused.
  private func checkEffects(_ entries: [[String: Any]], _ place: Comment) async throws {
    let calls = try await world.calls()
    let writes = calls.filter { $0["route"] as? String == "keys-write" && ($0["status"] as? Int ?? 0) / 100 == 2 }
    func came(_ step: String) -> Bool {
      entries.contains { $0["step"] as? String == step && $0["event"] as? String == "outcome" }
    }
    // One addition and one removal; both once more where a removal had landed before somebody turned back.
    let due = (came("publishKey") ? 2 : 0) + (came("republishKey") ? 2 : 0)
    #expect(writes.count == due, "\(place): the portal was written \(writes.count) times, not \(due)")
    let refused = calls.filter { $0["route"] as? String == "call" && $0["status"] as? Int != 200 }
    #expect(refused.isEmpty, "\(place): the app was refused \(refused.count) times")
    let repeated = entries.reduce(0) { $0 + (($1["repeated"] as? [String])?.count ?? 0) }
    let starting: Set = ["deployIncoming", "restoreEnvironment"]
    let starts = entries.count { $0["event"] as? String == "intent" && starting.contains($0["step"] as? String ?? "") }
    let reloads = calls.count { $0["route"] as? String == "reload" && $0["status"] as? Int == 200 }
    #expect(reloads <= starts + repeated, "\(place): \(reloads) reloads for \(starts) intents to start what runs")
  }

  /// Each phase was reached once, by an arrow of the table that the program itself prints; each intent was settled
  /// before the next.
  private func checkPhases(_ end: String, _ entries: [[String: Any]], _ place: Comment) {
    var phase = "planned"
    var seen = ["planned"]
    var open: String?
    for entry in entries {
      switch entry["event"] as? String {
      case "outcome":
        let (step, next) = (entry["step"] as? String ?? "", entry["phase"] as? String ?? "")
        #expect(world.arrows.contains("\(phase) \(step) \(next)"), "\(place): \(phase) \(step) \(next)")
        if next != phase { seen.append(next) }
        phase = next
        open = nil
      case "intent":
        #expect(open == nil, "\(place): an intent for \(entry["step"] ?? "-") beside one for \(open ?? "-")")
        open = entry["step"] as? String
      case "intent_withdrawn", "waiting", "midway", "failed": open = nil
      default: break
      }
    }
    #expect(phase == end, "\(place)")
    #expect(Set(seen).count == seen.count, "\(place): \(seen)")
    #expect(entries.count { $0["event"] as? String == "opened" } == 1, "\(place)")
  }
}
