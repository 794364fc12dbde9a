internal import ArgumentParser
internal import RotationCore

extension Phase: ExpressibleByArgument {}
extension AttestedFact: ExpressibleByArgument {}
extension ApprovedStep: ExpressibleByArgument {}

/// A reason that goes on record; blank is none.
struct ReasonOption: ParsableArguments {
  @Option(help: ArgumentHelp("Why, for the record.", valueName: "text"))
  var reason: String?

  private static let limit = 2_000

  func validate() throws {
    guard reason?.unicodeScalars.count ?? 0 <= Self.limit else {
      throw ValidationError("--reason takes at most \(Self.limit) characters")
    }
  }

  var given: String? { reason.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } }

  /// The reason, or bad usage naming what needs it.
  func required(for what: String) throws -> String {
    guard let given else { throw ValidationError("\(what) needs --reason TEXT") }
    return given
  }
}
