internal import ArgumentParser
internal import RotationCore

extension Phase: ExpressibleByArgument {}
extension AttestedFact: ExpressibleByArgument {}
extension ApprovedStep: ExpressibleByArgument {}

/// A reason that goes on record; blank is none.
struct ReasonOption: ParsableArguments {
  @Option(help: ArgumentHelp("Why, for the record.", valueName: "text"))
  var reason: String?

  var given: String? { reason.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } }

  /// The reason, or bad usage naming what needs it.
  func required(for what: String) throws -> String {
    guard let given else { throw ValidationError("\(what) needs --reason TEXT") }
    return given
  }
}
