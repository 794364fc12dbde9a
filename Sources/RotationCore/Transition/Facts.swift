package import Foundation

/// The world as the guards of one step see it.
package struct Facts: Sendable {
  package var now: Date
  package var step: Step
  package var rotation: Rotation
  package var rules: StepRules
  package var portal: PortalSighting = .notLooked
  package var targets: [TargetSighting] = []
  package var outgoingAttempt: TokenAttempt?
  package var incomingAttempt: TokenAttempt?
  /// Kids whose private half is sealed in the store, with the public key.
  package var sealed: [KeyID: PublicKey] = [:]
  /// Every other rotation of the state.
  package var others: [Rotation] = []
  /// Kids of ours whose entry in the portal the operator asked to set again (`--reassert`).
  package var reasserted: Set<KeyID> = []
  /// Public keys that the incoming kid was ever used with.
  package var everUsed: [PublicKey] = []

  package init(now: Date, step: Step, rotation: Rotation, rules: StepRules) {
    self.now = now
    self.step = step
    self.rotation = rotation
    self.rules = rules
  }

  /// The verdict over the portal's set, where it can be read; a manual portal's is the operator's word and tokens.
  func withPortal(_ body: (PortalKeySet) -> Verdict) -> Verdict {
    switch portal {
    case .listed(let set): body(set)
    case .manual: .yes("a manual portal cannot be read: the operator sees it, tokens prove it")
    case .trouble(let trouble): .no("the portal cannot be read: \(trouble)", .neighbour)
    case .notLooked: .no("the portal was not looked at", .neighbour)
    }
  }

  /// The swap may not end inside the maintenance window: a warning, nothing that holds it back.
  var shortWindow: String? { step == .swapEnvironment ? rules.shortWindow(at: now) : nil }

  /// The removal of the outgoing key was sent, and the portal does not list that key, as far as is known.
  var isRemovalSent: Bool {
    guard rotation.retireActed != nil else { return false }
    return (portal.set ?? rotation.lastSeen.portal).map { !$0.lists(rotation.outgoing) } ?? true
  }

  var removalWords: String { "the removal was already sent; only its proof is left" }

  /// The step sets to the incoming key who is locked out with the outgoing one, by the last word on each.
  var endsLockout: Bool {
    guard step == .swapEnvironment else { return false }
    switch outgoingAttempt {
    case .refused, nil: return rotation.isLockedOut
    case .granted, .trouble: return false
    }
  }

  var lockoutWords: String { "the outgoing kid \(rotation.outgoing.kid) is refused, which locks out whoever is on it" }

  /// The first verdict of `body` that does not hold, over every target; nil when all hold.
  func firstTarget(failing body: (TargetSighting, Holding) -> Verdict) -> Verdict? {
    for target in targets {
      guard let holding = target.holding else { return .no("\(target.name) was not looked at", .neighbour) }
      let verdict = body(target, holding)
      if !verdict.holds { return verdict }
    }
    return nil
  }
}

/// The part of a runbook that guards read.
package struct StepRules: Sendable, Hashable {
  package var window: MaintenanceWindow?
  /// How long the swap and its reload may take.
  package var swapBudget: Duration

  package init(_ runbook: Runbook) {
    window = runbook.window
    let reloads = runbook.targets.map { target in
      switch target.kind {
      case .dotenv(let settings): settings.reloadTimeout
      case .exec(let settings): settings.timeout
      case .vercel: Duration.zero
      }
    }
    swapBudget = runbook.verification.budget + (reloads.max() ?? .zero)
  }

  /// What the ledger alone knows of them.
  package init(remembering rotation: Rotation) {
    window = rotation.window
    swapBudget = rotation.swapBudget ?? .zero
  }

  /// Why a swap at `moment`, or when the window opens next, may not end inside it; nil: it can, or there is none.
  func shortWindow(at moment: Date) -> String? {
    guard let window = window?.current(at: moment), max(moment, window.start) + swapBudget > window.end else {
      return nil
    }
    return "the maintenance window is open until \(window.end.iso8601), and the swap with its reload may take"
      + " \(swapBudget.short)"
  }
}
