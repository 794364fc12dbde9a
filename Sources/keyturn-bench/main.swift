import Foundation

let watches = Leftovers.clearOnSignals()
exit(withExtendedLifetime(watches) { Bench.main(Array(CommandLine.arguments.dropFirst())) })
