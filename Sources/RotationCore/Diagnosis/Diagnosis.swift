/// The page's remediation list, gone through from the top to the first step that explains the failure. A pure function
/// of what was gathered.
package struct Diagnosis: Sendable, Hashable {
  package enum Step: Int, Sendable, Hashable, CaseIterable {
    case readiness = 1
    case clock, kid, addresses, revocation

    package var title: String {
      switch self {
      case .readiness: "readiness of the environment"
      case .clock: "this host's clock against the Date header"
      case .kid: "kid against the portal and by token"
      case .addresses: "issuer and token endpoint against the environment's metadata"
      case .revocation: "revocation at Digdir"
      }
    }

    /// What it looks at, for Digdir's support.
    var subject: String {
      switch self {
      case .readiness: "environment"
      case .clock: "clock"
      case .kid: "kid and key pair"
      case .addresses: "issuer and token endpoint"
      case .revocation: "revocation"
      }
    }
  }

  package enum Verdict: String, Sendable, Hashable {
    case passed, explains
    /// The step cannot be done from here.
    case unknown
    /// An earlier step, or the kind of failure itself, explained it.
    case notNeeded = "not_needed"
  }

  package struct Finding: Sendable, Hashable {
    package let step: Step
    package let lookedAt: String
    package let found: String
    package let verdict: Verdict
    /// The next command or act.
    package let next: String
  }

  package let failure: ReportedFailure?
  package private(set) var steps: [Finding] = []
  /// What explains the failure, else the first prerequisite that fails. Nil: nothing is wrong, or nothing could be told.
  package private(set) var cause: Cause?
  package private(set) var notes: [String] = []
  package let prerequisites: [Prerequisite]
  /// The text for Digdir's support; only where the list ends with them.
  package private(set) var ticket: String?
  /// Maskinporten gave a token just now.
  package let worksNow: Bool

  package init(_ facts: DiagnosisFacts) {
    failure = facts.failure
    worksNow = facts.grant != nil
    prerequisites = Prerequisite.all(facts)
    if let failure = facts.failure, failure.cameFromElsewhere {
      cause = Self.forwarded
      skip(after: nil, "the alert is not the token exchange's own")
      return
    }
    look(.readiness, facts)
    if cause == nil, let failure = facts.failure, let triaged = Self.triage(failure, facts) { cause = triaged }
    if cause == nil, facts.failure != nil || facts.grant != nil {
      for step in Step.allCases.dropFirst() where cause == nil { look(step, facts) }
    }
    if cause == nil { cause = prerequisites.lazy.compactMap(\.cause).first }
    skip(after: steps.last?.step, cause == nil ? "nothing failed" : "the failure is explained")
    if let words = facts.worksNow { cause = cause?.adding(words) }
    notes += Self.notes(facts, cause)
    if steps.contains(where: { $0.step == .revocation && $0.verdict == .explains }) { ticket = ticket(facts) }
  }

  /// A failure was reported that no longer happens here, and nothing in it tells why it did.
  package var isOver: Bool { cause == nil && failure != nil && worksNow }

  private mutating func look(_ step: Step, _ facts: DiagnosisFacts) {
    let look =
      switch step {
      case .readiness: Self.readiness(facts)
      case .clock: Self.clock(facts)
      case .kid: Self.kid(facts)
      case .addresses: Self.addresses(facts)
      case .revocation: Self.revocation(facts, after: steps)
      }
    steps.append(
      Finding(
        step: step, lookedAt: look.lookedAt, found: look.found,
        verdict: look.cause != nil ? .explains : look.isUnknown ? .unknown : .passed,
        next: look.cause?.fix.first ?? look.next))
    cause = look.cause
  }

  private mutating func skip(after last: Step?, _ reason: String) {
    for step in Step.allCases where step.rawValue > (last?.rawValue ?? 0) {
      steps.append(
        Finding(step: step, lookedAt: "nothing", found: reason, verdict: .notNeeded, next: "none"))
    }
  }

  /// One look at one thing.
  struct Look {
    var lookedAt: String
    var found: String
    var cause: Cause?
    var isUnknown = false
    var next = "the next step"
  }

  private static let forwarded = Cause(
    "forwarded-from-elsewhere",
    "the alert has no token_request_exhausted breadcrumb: it does not come from the live token exchange",
    "investigate the route that raised it; this list is for the token exchange alone")

  private static func notes(_ facts: DiagnosisFacts, _ cause: Cause?) -> [String] {
    var notes: [String] = []
    if facts.mode != .live, cause == nil { notes.append("MASKINPORTEN_MODE is not live here: nothing was looked at") }
    if facts.isLoopback {
      notes.append("the addresses are plain HTTP on loopback, a rehearsal: keyturn readiness refuses them")
    }
    notes += facts.flaws.filter { cause?.id != Cause($0).id && $0.field != .apiSecret }.map(\.summary)
    if let problem = facts.secretProblem, facts.environment != nil {
      notes.append("\(LiveVariable.apiSecret.rawValue) \(problem): the readiness route answers 401 to everybody")
    }
    if cause == nil, facts.failure != nil, let words = facts.worksNow { notes.append(words) }
    if facts.failure != nil, facts.failure != facts.refusedNow, let now = facts.refusedNow {
      notes.append("a token request made just now: \(now.refusal?.words ?? now.trouble?.detail ?? "no token")")
    }
    if let clock = facts.clock, abs(clock.ahead) > clockTolerance, cause == nil {
      notes.append("\(clock.words): plan and rotate refuse more than 5 s")
    }
    if cause == nil, let finding = facts.addressFinding { notes.append(finding.summary) }
    if let failure = facts.failure, failure.code == .maskinportenAuthFailed, failure.trail == .unknown,
      failure.isPasted
    {
      notes.append("what was pasted carries no breadcrumbs: look in Sentry for token_request_exhausted beside it")
    }
    return notes
  }

  /// What Digdir's support needs to find the attempts.
  private func ticket(_ facts: DiagnosisFacts) -> String {
    let failure = facts.failure
    func named(_ wanted: Verdict) -> String {
      steps.filter { $0.verdict == wanted && $0.step != .revocation }.map(\.step.subject).joined(separator: "; ")
    }
    let unchecked = named(.unknown)
    return """
      Maskinporten refuses our client's token requests.
      client_id: \(HiddenFlaw.visible(facts.environment?.clientID.rawValue ?? "-"))
      kid: \(HiddenFlaw.visible(facts.environment?.kid.rawValue ?? "-"))
      issuer: \(HiddenFlaw.visible(facts.environment?.issuer ?? "-"))
      time (UTC): \(facts.now.iso8601)
      answer: \(failure?.refusal.map { "\($0.status) \($0.error ?? "-")" } ?? "-")
      MP code: \(failure?.mpCode ?? "-")
      trace id: \(failure?.traceID ?? "-")
      X-Correlation-ID: \(failure?.correlationID ?? "-")
      Checked on our side: \(named(.passed)).\(unchecked.isEmpty ? "" : " Not checked: \(unchecked).")
      Has the client, its certificate or a delegation been revoked?
      """
  }
}
