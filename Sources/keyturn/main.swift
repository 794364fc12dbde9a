private import Foundation
private import KeyturnCLI

ProcessHygiene.apply()
let stop = StopSignals.takeOver()
exit(await Program.run(Array(CommandLine.arguments.dropFirst()), .captured(stop: stop)))
