extension Explanation {
  static func forConsumer(_ code: AnswerCode) -> Explanation {
    switch code {
    case .maskinportenAuthFailed:
      Explanation(
        "Tjenesten fikk ikke tilgang hos Maskinporten.",
        why: "Maskinporten godtok ikke påloggingen vår: nøkkel, klient eller oppsett stemmer ikke. Feilen ligger hos "
          + "oss, og kan ikke rettes i kallet ditt.",
        fixSteps: [
          "Prøv igjen om noen minutter.",
          "Varer feilen mer enn et kvarter, kontakt brukerstøtte og oppgi X-Correlation-ID fra svaret.",
        ], relevantLink: errorPage)
    case .maskinportenScopeDenied:
      Explanation(
        "Tjenesten mangler en tilgang hos Maskinporten.",
        why: "Et scope som kallet trenger, er ikke tildelt oss, er trukket tilbake, eller mangler delegering i Altinn.",
        fixSteps: [
          "Sjekk at virksomheten har delegert tilgangen i Altinn, hvis tjenesten krever det.",
          "Kontakt brukerstøtte og oppgi X-Correlation-ID fra svaret.",
        ], relevantLink: errorPage)
    case .maskinportenRequestRejected:
      Explanation(
        "Maskinporten avviste forespørselen fra tjenesten.",
        why: "Forespørselen vår var ikke slik Maskinporten venter. Feilen ligger hos oss.",
        fixSteps: ["Kontakt brukerstøtte og oppgi X-Correlation-ID fra svaret."], relevantLink: errorPage)
    case .transientUpstreamFailure:
      Explanation(
        "Maskinporten svarer ikke som det skal akkurat nå.",
        why: "Alle forsøk endte med feil, overbelastning eller brutt forbindelse.",
        fixSteps: ["Vent litt og prøv igjen.", "Se driftsmeldingene til Digdir."], relevantLink: statusPage)
    case .timeout:
      Explanation(
        "Maskinporten svarte ikke i tide.", why: "Fristen gikk ut før svaret kom.",
        fixSteps: ["Prøv igjen.", "Kontakt brukerstøtte hvis det gjentar seg."], relevantLink: statusPage)
    case .serverError:
      Explanation(
        "Noe gikk galt hos oss.", fixSteps: ["Kontakt brukerstøtte og oppgi X-Correlation-ID fra svaret."])
    case .unauthorized:
      Explanation(
        "Du har ikke tilgang til denne adressen.", why: "Hemmeligheten i Authorization-hodet mangler eller er feil.")
    case .notFound: Explanation("Det finnes ikke noe på denne adressen.")
    case .methodNotAllowed: Explanation("Denne adressen tar ikke imot en slik forespørsel.")
    case .badRequest: Explanation("Forespørselen kan ikke leses.")
    }
  }
}
