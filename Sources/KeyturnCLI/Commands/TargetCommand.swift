internal import ArgumentParser

/// `keyturn target …`
struct TargetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "target", abstract: "Try out a place where an app reads its pair.",
    subcommands: [TargetCheckCommand.self])
}
