internal import struct Foundation.Date

/// What `rotate` would do, and whether it may begin.
package struct Plan: Sendable {
  package struct Effect: Sendable, Hashable, Codable {
    package var step: Step
    package var neighbour: String
    package var change: String

    package init(step: Step, neighbour: String, change: String) {
      self.step = step
      self.neighbour = neighbour
      self.change = change
    }
  }

  package let verdicts: [RecordedVerdict]
  package let effects: [Effect]
  package internal(set) var warnings: [String]
  package let prerequisites: [Prerequisite]
  package let isFirstCutover: Bool
  package let outgoing: KeyReference?
  /// Some guard could not be told, since a neighbour did not answer; no other guard bars.
  package let isUnreachable: Bool
  package var ready: Bool { verdicts.allSatisfy(\.holds) }

  /// Beyond what the verdicts say themselves.
  package var hints: [String] {
    isFirstCutover
      ? [
        "the first cutover from mock is no rotation: keyturn readiness, keyturn token and keyturn diagnose carry it"
          + " (README, First cutover from mock)"
      ] : []
  }
}

extension Plan {
  /// Every effect of a rotation under `runbook`, in order.
  static func effects(_ runbook: Runbook, outgoing: KeyReference?, sites: [Neighbourhood.Site]) -> [Effect] {
    let out = outgoing?.kid.rawValue ?? "the outgoing kid"
    let incoming = runbook.key.use.map { "kid \($0)" } ?? "a new kid (\(runbook.key.kidPattern))"
    let portal = runbook.portal.isManual ? "portal (by hand)" : Neighbourhood.portalName
    let overlap = runbook.timing.overlap
    func each(_ step: Step, _ change: (TargetCapabilities) -> String) -> [Effect] {
      sites.map { Effect(step: step, neighbour: $0.target.name, change: change($0.target.capabilities)) }
    }
    return [
      Effect(step: .openRotation, neighbour: "store", change: "seal the private half of \(out)"),
      Effect(
        step: .generateKey, neighbour: "store",
        change: runbook.key.use == nil ? "make and seal an RSA key of \(runbook.key.bits) bits" : "take \(incoming)"),
      Effect(step: .publishKey, neighbour: portal, change: "add \(incoming)"),
      Effect(
        step: .proveKey, neighbour: "maskinporten", change: "obtain \(runbook.verification.successes) tokens in a row"),
    ]
      + each(.swapEnvironment) {
        "set \(incoming)" + ($0.contains(.atomicPair) ? "" : ", one variable after the other")
      }
      + each(.deployIncoming) { $0.deployWords }
      + each(.verifyDeployment) { _ in "probe \(runbook.verification.successes) times in a row" } + [
        Effect(
          step: .retireKey, neighbour: portal,
          change: "remove \(out), \(overlap == .zero ? "at once" : overlap.short) after verified"),
        Effect(
          step: .destroyKey, neighbour: "store",
          change:
            "destroy the private half of \(out) after \(runbook.emergency ? "0s" : runbook.timing.quarantine.short)"),
      ]
  }

  static func warnings(_ runbook: Runbook, sites: [Neighbourhood.Site], now: Date) -> [String] {
    var warnings: [String] = []
    for site in sites where !site.target.capabilities.contains(.atomicPair) {
      warnings.append(
        "\(site.target.name) cannot take both variables at once: a deploy of somebody else's between the two takes half"
          + " a pair; ours waits until both are confirmed")
    }
    for site in sites where !site.target.capabilities.contains(.compareAndSwap) {
      warnings.append(
        "\(site.target.name) takes no precondition: a change by somebody else in the moment of our write is overwritten"
      )
    }
    for site in sites where !site.target.capabilities.contains(.readBack) {
      warnings.append("\(site.target.name) cannot be read back: what was written last counts, and tokens prove it")
    }
    for site in sites
    where site.target.capabilities.isDisjoint(with: [.deploys, .restartsByItself]) && site.beacon == nil {
      warnings.append(
        "\(site.target.name) has neither reload, a deploy of its own nor a beacon: somebody has to start the app anew and"
          + " run keyturn attest deployed")
    }
    if runbook.verification.readinessURL == nil, sites.allSatisfy({ $0.beacon == nil }) {
      warnings.append("neither readiness_url nor beacon_url is set: verified will rest on the target's pair alone")
    }
    let swap = now + runbook.timing.propagation
    if let window = runbook.window?.current(at: swap), swap < window.start {
      warnings.append("the swap waits for the maintenance window, which opens at \(window.start.iso8601)")
    }
    if let short = StepRules(runbook).shortWindow(at: swap) {
      warnings.append("if it began now: " + short)
    }
    if runbook.emergency {
      warnings.append("emergency: issued tokens live on until they expire; no key's removal ends them")
    }
    return warnings
  }
}

extension TargetCapabilities {
  fileprivate var deployWords: String {
    if contains(.staged) { return "bring it up beside the old one, check it there, then make it live" }
    return isDisjoint(with: [.deploys, .restartsByItself]) || contains(.deploys)
      ? "start anew and wait until it is live" : "wait until it is live: the write restarts it"
  }
}
