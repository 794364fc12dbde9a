package import ArgumentParser

/// What every command takes after its name.
package struct GlobalOptions: ParsableArguments, Sendable {
  @Option(help: ArgumentHelp("The state folder (default: KEYTURN_STATE, else `state`).", valueName: "dir"))
  package var state: String?

  @Flag(help: "Answer with one JSON document on standard output.")
  package var json = false

  @Option(
    name: .customLong("operator"),
    help: ArgumentHelp("Who acts, for the record (default: KEYTURN_OPERATOR, else user@host).", valueName: "name"))
  package var operatorName: String?

  @Flag(name: .customLong("no-color"), help: "No colours, on a terminal either (as NO_COLOR).")
  package var noColor = false

  package init() {}

  package func validate() throws {
    if let operatorName, !Self.isName(operatorName) {
      throw ValidationError("--operator takes \(Self.nameRule)")
    }
    if state == "" { throw ValidationError("--state takes a folder") }
  }

  static let nameRule = "1 to 128 printable characters, with no blank at either end"

  static func isName(_ name: String) -> Bool {
    guard (1...128).contains(name.utf8.count), name.first?.isWhitespace == false, name.last?.isWhitespace == false
    else {
      return false
    }
    return name.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
  }
}
