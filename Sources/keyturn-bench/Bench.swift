import Foundation
import RotationCore

/// `keyturn-bench [KEYTURN] [--json]`: with the program's path everything, without it what needs no program.
enum Bench {
  static func main(_ arguments: [String]) -> Int32 {
    var paths = arguments.filter { $0 != "--json" }
    guard paths.count <= 1, paths.allSatisfy({ !$0.hasPrefix("-") }) else {
      say("usage: keyturn-bench [path of keyturn] [--json]")
      return 64
    }
    defer { Leftovers.clear() }
    do {
      let report = BenchReport(machine: machine, figures: try figures(of: paths.popLast()))
      let text =
        arguments.contains("--json") ? String(decoding: report.json.canonical, as: UTF8.self) + "\n" : report.text
      FileHandle.standardOutput.write(Data(text.utf8))
      return 0
    } catch {
      say("\(error)")
      return 1
    }
  }

  private static func figures(of program: String?) throws -> [Figure] {
    let memory = "/dev/shm"
    let isMemory = access(memory, W_OK) == 0
    let disk = NSTemporaryDirectory()
    var figures: [Figure] = []
    if let program {
      let folder = try Leftovers.folder(in: disk)
      say("the simulator, and a rotation under strace")
      let simulation = try Simulation(program: program, folder: folder)
      let trace = try FlushTrace(simulation)
      figures += trace?.figures ?? [.absent("flushes, a rotation", because: "strace is not here")]
      say("whole rotations, and some that are killed")
      let derivation = try SigningBench.derivations()
      figures += try RotationBench(simulation: simulation, trace: trace, derivation: derivation).figures()
      say("start-up")
      figures += try StartupBench.run(simulation)
      say("a long record")
      figures += try RecordBench.run(simulation, in: try Leftovers.folder(in: isMemory ? memory : disk))
    }
    say("durable steps")
    figures += try LedgerBench.run(in: try Leftovers.folder(in: isMemory ? memory : disk), isMemory: isMemory)
    say("signatures")
    figures += try SigningBench.run(in: try Leftovers.folder(in: disk))
    return figures
  }

  /// Word of what is being done, on standard error.
  static func say(_ text: String) { FileHandle.standardError.write(Data("bench: \(text)\n".utf8)) }

  private static var machine: String {
    let info = ProcessInfo.processInfo
    return "\(info.operatingSystemVersionString), \(info.processorCount) cores"
  }
}
