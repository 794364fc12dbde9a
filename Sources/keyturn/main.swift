private import Foundation
private import KeyturnCLI

ProcessHygiene.apply()
exit(await Program.run(Array(CommandLine.arguments.dropFirst()), .captured()))
