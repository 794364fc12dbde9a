extension Explanation {
  static func forOperator(_ code: AnswerCode) -> Explanation {
    switch code {
    case .maskinportenAuthFailed:
      Explanation(
        "Maskinporten rejected the assertion: a credential or a setting of ours has drifted.",
        why: "The answer says that client, key, audience or time do not fit. It is never an outage of Maskinporten.",
        fixSteps: [
          "Run keyturn diagnose: it goes through readiness, clock, kid, issuer and endpoint, and revocation.",
          "If no step explains it, hand the trace id to Digdir's support.",
        ], relevantLink: errorPage)
    case .maskinportenScopeDenied:
      Explanation(
        "Maskinporten gave no token for a scope that was asked for.",
        why: "The scope is not on the client, its owner withdrew access, or a delegation in Altinn is missing.",
        fixSteps: [
          "Compare the scopes asked for with those of the client in Samarbeidsportalen.",
          "Ask the scope's owner for access, or the consumer for the delegation that the MP code names.",
        ], relevantLink: errorPage)
    case .maskinportenRequestRejected:
      Explanation(
        "Maskinporten did not accept the request as a token request.",
        why: "A 4xx that speaks neither of the credential nor of a scope: most often a wrong address, or a proxy.",
        fixSteps: ["Run keyturn diagnose.", "Compare the token endpoint with the environment's metadata."],
        relevantLink: errorPage)
    case .transientUpstreamFailure:
      Explanation(
        "Maskinporten gave no usable answer in any attempt.",
        why: "Server errors, rate limits or a broken connection. The credential is probably fine.",
        fixSteps: ["Look at Digdir's status page.", "Check DNS, firewall and proxies on the way.", "Run it again."],
        relevantLink: statusPage)
    case .timeout:
      Explanation(
        "The deadline came, or the call was cancelled, before Maskinporten answered.",
        why: "The network path to the token endpoint is slow or broken.",
        fixSteps: ["Check the network from this host to the token endpoint.", "Run keyturn diagnose."],
        relevantLink: statusPage)
    case .serverError: Explanation("Something on this side kept the request from being answered.")
    case .unauthorized:
      Explanation(
        "The bearer secret is missing or wrong.",
        why: "This route answers only to the INTERNAL_API_SECRET of its process, of at least 32 characters.",
        fixSteps: [
          "Send Authorization: Bearer with the value of INTERNAL_API_SECRET.",
          "Run keyturn readiness on the host: it names a secret that is missing or too short.",
        ])
    case .notFound: Explanation("There is nothing at this address.")
    case .methodNotAllowed: Explanation("This address takes another method; nothing here changes a rotation.")
    case .badRequest: Explanation("The request cannot be read.")
    }
  }
}
