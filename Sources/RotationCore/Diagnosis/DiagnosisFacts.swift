package import Foundation

/// Everything that a diagnosis looks at, gathered beforehand.
package struct DiagnosisFacts: Sendable {
  package enum PortalRecord: Sendable, Hashable {
    /// Why the portal was not asked.
    case notAsked(String)
    case unknownClient
    case found(PortalKeySet, ClientRegistration?)
    /// It did not answer.
    case silent(String)
  }

  /// The neighbour's clock beside ours.
  package struct ClockReading: Sendable, Hashable {
    /// Seconds that this host is ahead.
    package var ahead: Double
    package var of: String

    package init(ahead: Double, of neighbour: String) {
      self.ahead = ahead
      of = neighbour
    }
  }

  package var now: Date
  package var mode: MaskinportenMode
  /// The readiness probe's findings.
  package var findings: [LiveFinding]
  /// What an eye does not see in the variables.
  package var flaws: [HiddenFlaw] = []
  /// Why the readiness route answers nobody; nil where it does.
  package var secretProblem: String?
  /// Nil where the environment here is not a live one.
  package var environment: LiveEnvironment?
  /// The addresses that belong here; nil where nobody says.
  package var expected: AddressCheck.Expected?
  package var publicKey: PublicKey?
  package var scopes: [String]
  /// A token that was given just now.
  package var grant: TokenGrant?
  package var failure: ReportedFailure?
  /// What a token request made just now came to; nil where none was made, or a token was given.
  package var refusedNow: ReportedFailure?
  package var clock: ClockReading?
  /// Under the issuer, and under the token endpoint's own origin where that is another.
  package var metadata: ServerMetadata?
  package var endpointMetadata: ServerMetadata?
  package var metadataProblem: String?
  package var portal: PortalRecord
  /// Of the scopes asked for, those that alone are given no token, with the reason.
  package var refusedScopes: [String: String] = [:]
  /// What Altinn said to the token; nil where it was not asked.
  package var altinn: Result<String, NeighbourTrouble>?

  package init(now: Date, mode: MaskinportenMode, findings: [LiveFinding], environment: LiveEnvironment?) {
    self.now = now
    self.mode = mode
    self.findings = findings
    self.environment = environment
    scopes = []
    portal = .notAsked("no runbook names it")
  }

  package var isLoopback: Bool {
    environment.map { $0.tokenEndpoint.lowercased().hasPrefix("http:") || $0.issuer.lowercased().hasPrefix("http:") }
      ?? false
  }

  /// Maskinporten refuses this very environment, as seen just now.
  var isRefusedNow: Bool { refusedNow?.refusal != nil }

  var keys: PortalKeySet? {
    guard case .found(let set, _) = portal else { return nil }
    return set
  }

  var registration: ClientRegistration? {
    guard case .found(_, let registration) = portal else { return nil }
    return registration
  }

  /// What is wrong with issuer or endpoint by their text alone.
  package var addressText: Cause? {
    environment.flatMap {
      AddressCheck.finding(issuer: $0.issuer, tokenEndpoint: $0.tokenEndpoint, expected: expected)
    }
  }

  /// The same, else by metadata.
  var addressFinding: Cause? {
    guard let environment else { return nil }
    let (issuer, endpoint) = (environment.issuer, environment.tokenEndpoint)
    if let cause = addressText { return cause }
    if let metadata, let endpointMetadata, metadata.issuer != endpointMetadata.issuer, metadata.issuer == issuer {
      return Cause(
        "environments-mixed",
        "the issuer's metadata names \(metadata.tokenEndpoint), and the token endpoint belongs to the issuer"
          + " \(endpointMetadata.issuer)", "take both from the metadata of one environment")
    }
    guard let right = metadata ?? endpointMetadata else { return nil }
    return AddressCheck.difference(issuer: issuer, from: right.issuer)
      ?? AddressCheck.difference(tokenEndpoint: endpoint, from: right.tokenEndpoint)
  }
}
