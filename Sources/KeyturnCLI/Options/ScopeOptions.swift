internal import ArgumentParser
internal import RotationCore

/// What a token is asked for, and how long one may take.
struct ScopeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A scope; give it several times for several (default: MASKINPORTEN_SCOPES, else that of the shipped runbooks).",
      valueName: "scope"))
  var scope: [String] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Seconds for all attempts and backoffs together.", valueName: "seconds")
  )
  var deadline = 45

  func validate() throws {
    guard (1...300).contains(deadline) else { throw ValidationError("--deadline takes 1 to 300 seconds") }
    guard scope.allSatisfy({ !$0.isEmpty }) else { throw ValidationError("--scope takes a scope") }
  }

  func scopes(_ configuration: Configuration) -> [String] {
    let given = scope.isEmpty ? [configuration.variable("MASKINPORTEN_SCOPES") ?? ""] : scope
    let scopes = given.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    return scopes.isEmpty ? LiveParts.defaultScopes : scopes
  }
}
