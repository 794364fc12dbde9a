internal import RotationCore
internal import Synchronization

/// Which faults strike the next call: rules with their counts. Rules can be added and dropped while the server runs.
package final class FaultInjector: Sendable {
  private struct State {
    var rules: [(rule: FaultRule, seen: Int, struck: Int)]
    var random: SeededRandom
  }

  private let state: Mutex<State>

  package init(_ plan: FaultPlan = FaultPlan()) {
    state = Mutex(State(rules: plan.rules.map { ($0, 0, 0) }, random: SeededRandom(seed: plan.seed)))
  }

  package func add(_ rule: FaultRule) { state.withLock { $0.rules.append((rule, 0, 0)) } }

  /// Nothing goes wrong from now on.
  package func clear() { state.withLock { $0.rules = [] } }

  /// Calls that each rule fitted and struck, in the order of the rules.
  package var tally: [(seen: Int, struck: Int)] { state.withLock { $0.rules.map { ($0.seen, $0.struck) } } }

  /// Every rule that fits counts the call; those that strike are returned in order.
  func strike(_ route: SimulatorRoute, client: ClientID?) -> [Fault] {
    state.withLock { state in
      var faults: [Fault] = []
      for index in state.rules.indices where state.rules[index].rule.fits(route, client: client) {
        state.rules[index].seen += 1
        let rule = state.rules[index].rule
        guard rule.covers(state.rules[index].seen),
          rule.chance >= 1 || Double.random(in: 0..<1, using: &state.random) < rule.chance
        else { continue }
        state.rules[index].struck += 1
        faults.append(rule.fault)
      }
      return faults
    }
  }
}
