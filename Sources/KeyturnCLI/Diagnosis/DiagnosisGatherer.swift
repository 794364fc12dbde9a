internal import Foundation
internal import KeyMaterial
internal import Neighbours
internal import RotationCore

/// Looks at everything that a diagnosis needs: the environment first, and the world only where that is sound.
struct DiagnosisGatherer {
  let session: Session
  /// Nil: the live exchange that is made is explained; else what it tells of this failure.
  let pasted: String?
  let runbook: String?
  let scopes: [String]
  let deadline: Duration
  let altinnExchange: String?

  func gather() async throws -> DiagnosisFacts {
    let variables = session.configuration.environment
    let mode = MaskinportenMode(in: variables)
    var facts = DiagnosisFacts(now: session.clock.now(), mode: mode, findings: [], environment: nil)
    facts.scopes = scopes
    facts.flaws = HiddenFlaw.all(in: variables)
    facts.secretProblem = LiveEnvironment.problemOfSecret(in: variables)
    facts.failure = pasted.map { ReportedFailure(pasted: $0, at: facts.now) }
    if facts.failure?.cameFromElsewhere == true { return facts }
    guard mode == .live else {
      if case .notReady(let findings) = Readiness(of: variables, checkingKeyWith: SigningTrial()) {
        facts.findings = findings
      }
      return facts
    }
    do throws(LiveFindings) { facts.environment = try LiveParts.environment(in: variables) } catch {
      facts.findings = error.all
      return facts
    }
    guard let environment = facts.environment else { return facts }
    let loaded = try runbook.map { try LoadedRunbook.file($0, session.configuration).runbook }
    facts.expected = loaded.map { AddressCheck.Expected($0) } ?? AddressCheck.Expected(variables)
    let parts = try LiveParts(environment, caFile: loaded?.maskinporten.caFile, session.configuration)
    facts.publicKey = parts.signer.reference.publicKey
    await lookAtServer(parts, &facts)
    await exchange(parts, &facts)
    if let loaded { await lookAtPortal(of: loaded, environment, &facts) }
    return facts
  }

  /// Metadata under the issuer and, where that is at another place or has none, under the token endpoint's own origin;
  /// the clock with it. An issuer that is wrong by its text alone is not asked.
  private func lookAtServer(_ parts: LiveParts, _ facts: inout DiagnosisFacts) async {
    let (issuer, endpoint) = (parts.environment.issuer, parts.environment.tokenEndpoint)
    if facts.addressText == nil {
      do { facts.metadata = try await parts.client().metadata() } catch {
        facts.metadataProblem = (error as? NeighbourTrouble)?.detail
      }
    }
    let origin = AddressCheck.origin(of: endpoint)
    if let origin, facts.metadata == nil || AddressCheck.origin(of: issuer) != origin {
      facts.endpointMetadata = try? await parts.client(issuer: origin).metadata()
    }
    if let ahead = (facts.endpointMetadata ?? facts.metadata)?.clockAhead {
      facts.clock = DiagnosisFacts.ClockReading(ahead: ahead, of: "the metadata")
    } else if let reading = try? await parts.client().clock() {
      // `Date` has whole seconds, so half of one is noise.
      let ahead = reading.ours.timeIntervalSince(reading.theirs) - 0.5
      facts.clock = DiagnosisFacts.ClockReading(ahead: ahead, of: "the token endpoint")
    }
  }

  private func exchange(_ parts: LiveParts, _ facts: inout DiagnosisFacts) async {
    let source = "the live exchange"
    let outcome = await parts.tokens(scopes: scopes, deadline: deadline).token()
    let code = AnswerCode(outcome.failure?.code ?? .internalError)
    switch outcome {
    case .token(let token):
      facts.grant = token.grant
      await handToAltinn(token, parts, &facts)
    case .refused(let refusal):
      facts.refusedNow = ReportedFailure(refusal: refusal, source: source)
      if refusal.reason == .scopeDenied {
        facts.refusedScopes = await parts.client().refusals(of: scopes, with: parts.signer)
      }
    case .exhausted(let trouble), .failed(let trouble), .timedOut(let trouble):
      facts.refusedNow = ReportedFailure(trouble: trouble, code: code, source: source)
    }
    facts.refusedNow?.correlationID = RequestTrace.current?.correlationID
    guard let fresh = facts.refusedNow else { return }
    if facts.failure == nil { facts.failure = fresh } else { facts.failure?.learn(from: fresh) }
  }

  private func handToAltinn(_ token: AccessToken, _ parts: LiveParts, _ facts: inout DiagnosisFacts) async {
    guard let altinnExchange else { return }
    do throws(NeighbourTrouble) {
      facts.altinn = .success(
        try await AltinnExchange(url: altinnExchange, transport: parts.transport).trial(of: token))
    } catch { facts.altinn = .failure(error) }
  }

  private func lookAtPortal(
    of runbook: Runbook, _ environment: LiveEnvironment, _ facts: inout DiagnosisFacts
  ) async {
    do {
      guard
        let portal = try Composition(session.configuration).portal(
          of: runbook, clientID: environment.clientID, keys: PublicHalves())
      else {
        facts.portal = .notAsked("the runbook's portal is manual")
        return
      }
      let set = try await portal.read()
      facts.portal = .found(set, try? await portal.registration())
    } catch let trouble as NeighbourTrouble {
      facts.portal = trouble.status == 404 ? .unknownClient : .silent(trouble.detail)
    } catch let refusal as TokenRefusal {
      facts.portal = .silent("the admin client's token: \(refusal.words)")
    } catch {
      facts.portal = .silent((error as? Failure)?.summary ?? "it cannot be asked")
    }
  }
}
