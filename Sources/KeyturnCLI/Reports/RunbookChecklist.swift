internal import RotationCore

/// What an operator does under one runbook, step by step, as Markdown. Steps and guards are the law's; names of
/// neighbours and durations are the runbook's.
struct RunbookChecklist {
  let runbook: Runbook
  let path: String
  let digest: String
  var table = TransitionTable.standard

  var markdown: String {
    """
    # \(runbook.name)

    Runbook `\(path)` (`\(digest)`): client `\(runbook.maskinporten.clientID)` at \(runbook.maskinporten.issuer), \
    environment \(runbook.maskinporten.environment.rawValue).

    \(before.joined(separator: "\n"))

    ## Steps

    \(steps.joined(separator: "\n"))

    ## When something is wrong

    - [ ] `keyturn status` says whether it is safe to walk away, who must act and what the next command is.
    - [ ] The same command again goes on where it stopped, whatever stopped it.
    - [ ] `keyturn rollback --reason TEXT` goes back, \(wayBack).
    - [ ] After a failed swap, deploy or verification it \(onFailure).

    ## Phases

    ```mermaid
    \(PhaseDiagram.mermaid(table))
    ```
    """
  }

  private var wayBack: String {
    runbook.emergency ? "but never to the tainted key by itself" : "until the quarantine ends"
  }

  private var onFailure: String { runbook.onFailure == .hold ? "holds and waits for you" : "goes back by itself" }

  private var before: [String] {
    [
      "## Before", "",
      "- [ ] `keyturn runbook check \(path)` finds nothing.",
      "- [ ] `keyturn plan \(path)` says ready: " + table.opening.map { "`\($0.name)`" }.joined(separator: ", ") + ".",
      "- [ ] `keyturn rehearse` was proven by this build.",
      "- [ ] A copy of the state is kept elsewhere: `keyturn state backup FILE`.",
    ] + people
  }

  private var people: [String] {
    var lines: [String] = []
    for (step, count) in [("swap", runbook.approvals.swap), ("retire", runbook.approvals.retire)] where count > 0 {
      lines.append(
        "- [ ] \(count) other than the opener will be there to run `keyturn approve \(step) --reason TEXT`.")
    }
    if runbook.portal.isManual { lines.append("- [ ] Somebody can edit the client's keys in Samarbeidsportalen.") }
    return lines
  }

  private var steps: [String] {
    var lines: [String] = []
    var phase = Phase.planned
    var number = 1
    lines.append(
      "\(number). [ ] **openRotation** -> `planned`: the live pair is sealed, plan and runbook are recorded.")
    while let row = table.forward(from: phase), let next = row.to.first {
      number += 1
      let guards = row.guards.map { "`\($0.name)`" }.joined(separator: ", ")
      lines.append("\(number). [ ] **\(row.step.rawValue)** -> `\(next.rawValue)`: \(words(for: row.step))")
      lines.append("   - guards: \(guards)")
      phase = next
    }
    return lines
  }

  private func words(for step: Step) -> String {
    let proof = "\(runbook.verification.successes) in a row, \(runbook.verification.interval.short) apart"
    switch step {
    case .generateKey:
      return runbook.key.use.map { "kid `\($0)` is taken from the store." }
        ?? "an RSA key of \(runbook.key.bits) bits is made and sealed, kid `\(runbook.key.kidPattern)`."
    case .publishKey: return portal("the incoming key is added", fact: .published)
    case .proveKey: return "the incoming key obtains tokens, \(proof)."
    case .swapEnvironment:
      return
        "after \(runbook.timing.propagation.short) of propagation\(window), \(targets) the incoming pair."
    case .deployIncoming: return "what runs there starts anew\(byHand)."
    case .verifyDeployment: return "the deployed pair obtains tokens\(probes), \(proof)."
    case .retireKey:
      let overlap = runbook.timing.overlap
      let wait = overlap == .zero ? "at once after `verified`" : "\(overlap.short) after `verified`"
      return "\(wait)\(window), " + portal("the outgoing key is removed and proven refused", fact: .retired)
    case .destroyKey:
      let quarantine = runbook.emergency ? "at once" : "\(runbook.timing.quarantine.short) later"
      return "\(quarantine), the outgoing private key is destroyed."
    case .openRotation, .openRollback, .republishKey, .restoreEnvironment, .proveRestored, .withdrawKey, .abandon,
      .resumeForward:
      return ""
    }
  }

  private func portal(_ what: String, fact: AttestedFact) -> String {
    runbook.portal.isManual
      ? "\(what) by hand in the portal, then `keyturn attest \(fact.rawValue)`." : "\(what) in the portal."
  }

  private var window: String {
    guard let window = runbook.window else { return "" }
    func hour(_ minutes: Int) -> String {
      let (hours, rest) = minutes.quotientAndRemainder(dividingBy: 60)
      return "\(hours < 10 ? "0" : "")\(hours):\(rest < 10 ? "0" : "")\(rest)"
    }
    let days = window.days.map(\.rawValue).joined(separator: ", ")
    return " and inside the window (\(days) \(hour(window.from)) to \(hour(window.until)) \(window.timeZone))"
  }

  private var targets: String {
    let names = runbook.targets.map { target in
      switch target.kind {
      case .dotenv(let file): "`\(file.path)`"
      case .vercel(let vercel): "Vercel project `\(vercel.project)`"
      case .exec(let exec): "`\(exec.command.first ?? "")`"
      }
    }
    return names.joined(separator: ", ") + (names.count == 1 ? " gets" : " get")
  }

  private var byHand: String {
    let without = runbook.targets.contains { target in
      if case .dotenv(let file) = target.kind { file.reload == nil && target.beaconURL == nil } else { false }
    }
    return without ? ", by hand where the runbook names no reload; then `keyturn attest deployed`" : ""
  }

  private var probes: String {
    var parts: [String] = []
    if runbook.verification.readinessURL != nil { parts.append("readiness says `ready`") }
    if runbook.targets.contains(where: { $0.beaconURL != nil }) { parts.append("every beacon names the incoming kid") }
    return parts.isEmpty ? "" : ", " + parts.joined(separator: ", ")
  }
}
