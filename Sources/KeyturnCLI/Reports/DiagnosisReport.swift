internal import RotationCore

/// `keyturn.diagnosis/v1`
struct DiagnosisReport: Answer {
  var diagnosis: Diagnosis

  var json: JSONValue {
    [
      "schema": "keyturn.diagnosis/v1", "cause": .optional(diagnosis.cause?.id),
      "summary": .optional(diagnosis.cause?.summary), "fix": .array((diagnosis.cause?.fix ?? []).map(JSONValue.string)),
      "failure": diagnosis.failure?.json ?? .null, "steps": .array(diagnosis.steps.map(\.json)),
      "prerequisites": .array(diagnosis.prerequisites.map(\.json)),
      "notes": .array(diagnosis.notes.map(JSONValue.string)), "ticket": .optional(diagnosis.ticket),
    ]
  }

  func text(_ console: Console) -> String {
    var lines: [String] = []
    if let failure = diagnosis.failure {
      lines.append("failure  \(failure.code?.rawValue ?? "no known code"), from \(failure.source)")
      if let traceID = failure.traceID { lines.append("         Maskinporten's trace id \(traceID)") }
    } else {
      lines.append("failure  none")
    }
    for step in diagnosis.steps {
      lines.append("\(step.step.rawValue) \(mark(step.verdict, console))  \(step.step.title)")
      guard step.verdict != .notNeeded else { continue }
      for (name, text) in [("looked at", step.lookedAt), ("found    ", step.found), ("next     ", step.next)] {
        lines.append("    \(name)  \(HiddenFlaw.visible(text))")
      }
    }
    lines += ["prerequisites"] + diagnosis.prerequisites.lines(console)
    lines += diagnosis.notes.map { "note: \(HiddenFlaw.visible($0))" }
    if let cause = diagnosis.cause {
      lines.append(console.ink(.red, "cause") + "  \(cause.id): \(HiddenFlaw.visible(cause.summary))")
    } else if diagnosis.isOver {
      lines.append(console.ink(.green, "no cause") + ": what was reported does not happen now: a token was given")
    } else if diagnosis.failure == nil {
      lines.append(
        diagnosis.worksNow
          ? console.ink(.green, "no cause") + ": nothing is wrong that can be seen from here"
          : console.ink(.yellow, "nothing was looked at") + ": the environment here is not a live one")
    }
    if let ticket = diagnosis.ticket { lines += ["", "for Digdir's support:", ticket] }
    return lines.joined(separator: "\n")
  }

  private func mark(_ verdict: Diagnosis.Verdict, _ console: Console) -> String {
    switch verdict {
    case .passed: console.ink(.green, "passed  ")
    case .explains: console.ink(.red, "explains")
    case .unknown: console.ink(.yellow, "unknown ")
    case .notNeeded: console.ink(.faint, "-       ")
    }
  }
}

extension Diagnosis.Finding {
  fileprivate var json: JSONValue {
    [
      "step": .integer(Int64(step.rawValue)), "name": .string(step.title), "looked_at": .string(lookedAt),
      "found": .string(found), "verdict": .string(verdict.rawValue), "next": .string(next),
    ]
  }
}

extension [Prerequisite] {
  /// A line each.
  func lines(_ console: Console) -> [String] {
    map { item in
      let mark =
        switch item.state {
        case .holds: console.ink(.green, "holds  ")
        case .fails: console.ink(.red, "fails  ")
        case .unknown: console.ink(.yellow, "unknown")
        }
      return "  \(mark)  \(item.name): \(HiddenFlaw.visible(item.reason))"
    }
  }
}
