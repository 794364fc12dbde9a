internal import RotationCore

/// `status` where no rotation was ever opened: the same document with nothing in it. Only a state that is there and can
/// be read tells that nothing was changed; where there is none, a rotation may be under way in another place.
struct NoRotationReport: Answer {
  let state: String
  /// There is a ledger, and it was read.
  let isThere: Bool

  static func nothing(at state: String) -> String { "there is no state in \(state): nothing is known of any rotation" }

  private var reason: String {
    isThere ? "no rotation was opened in this state yet; nothing was changed" : Self.nothing(at: state)
  }

  var json: JSONValue {
    [
      "schema": "keyturn.rotation/v1", "rotation": .null, "runbook": .null, "runbook_digest": .null, "phase": .null,
      "safe_to_leave": ["holds": .bool(isThere), "until": .null, "reason": .string(reason)], "since": .null,
      "revision": .null, "outgoing": .null, "incoming": .null, "overlap": ["opened": .null, "closes": .null],
      "waiting": ["on": "nothing", "guard": .null, "reason": .null, "until": .null],
      "next": ["step": .null, "command": .null, "verdicts": []],
      "rollback": ["possible": false, "until": .null, "steps": [], "evidence": .string(reason)],
      "outcome": isThere ? "done" : .null, "failure": .null,
    ]
  }

  func text(_ console: Console) -> String {
    let safety =
      isThere
      ? "\(console.ink(.green, "safe to walk away: yes")): \(reason)"
      : "\(console.ink(.yellow, "safe to walk away: not known")): \(reason)"
    return """
      \(safety)
      state       \(state)
      go on       \(isThere ? "keyturn plan RUNBOOK" : "name the state with --state, or begin: keyturn plan RUNBOOK")
      """
  }
}
