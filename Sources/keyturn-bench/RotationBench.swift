import Foundation
import KeyMaterial
import RotationCore

/// Whole rotations, processes and all, to a key that is ready.
struct RotationBench {
  static let rounds = 5
  static let kills = 3

  let simulation: Simulation
  let trace: FlushTrace?
  /// Each one derivation of a sealing key from the passphrase.
  let derivation: [Stretch]

  /// How often a rotation derives, by the trace.
  private var derivations: Double { Double(trace?.derivations ?? 0) }

  func figures() throws -> [Figure] {
    var ends: [Child.End] = []
    let own = Self.ownPeak
    for _ in 0..<Self.rounds {
      let arguments = try simulation.prepareRotation()
      ends.append(try simulation.run(arguments).end)
    }
    let ownMemory = try (0..<Self.kills).map { _ in try privatePeak() }
    let resumed = try (0..<Self.kills).map { _ in try resume() }
    let one = derivation.map(\.wall).median ?? 0
    let share = (wall: derivations * one, busy: derivations * (derivation.map(\.busy).median ?? 0))
    let deriving =
      trace == nil
      ? "how often the passphrase is derived from is counted with strace, which is not here"
      : "\(derivations.short) derivations of \((one * 1000).short) ms each (scrypt N=16384 r=8 p=5), so "
        + "\((share.wall * 1000).short) ms of it; never weakened for speed"
    let peaks = ends.map { Double($0.peak) / 1_048_576 }
    return [
      Figure(
        name: "rotation, whole process, wall", unit: "ms", samples: ends.map { $0.wall * 1000 },
        how: "keyturn rotate against keyturn simulate, ready RSA-3072 key, waits at zero; \(deriving)",
        notes: [
          "for comparison, measured elsewhere: bash runbook 260 ms (no fsync, strays at five of six crash points); "
            + "DBOS on SQLite 1,785 ms"
        ]),
      Figure(
        name: "  of it without key derivation", unit: "ms", samples: ends.map { max(0, $0.wall - share.wall) * 1000 },
        how: "wall less derivations x the median of one, measured in this run"),
      Figure(
        name: "rotation, whole process, CPU", unit: "ms", samples: ends.map { $0.cpu * 1000 },
        how: "user and system time of the process and the reload's, by wait4"),
      Figure(
        name: "  of it without key derivation", unit: "ms", samples: ends.map { max(0, $0.cpu - share.busy) * 1000 },
        how: "CPU less derivations x the median of one"),
      Figure(
        name: "passphrase derivation", unit: "ms", samples: derivation.map { $0.wall * 1000 },
        how: "opening one sealed key in this process",
        notes: ["CPU \(((derivation.map(\.busy).median ?? 0) * 1000).short) ms"]),
      Figure(
        name: "resume after kill -9", unit: "ms", samples: resumed.map { $0.wall * 1000 },
        how: "killed when the target changed, before the outcome was recorded; the rotate that goes on to retired, "
          + "derivations included",
        notes: ["CPU \(((resumed.map(\.cpu).median ?? 0) * 1000).short) ms"]),
      Figure(
        name: "peak memory of a rotation", unit: "MiB", samples: peaks, goal: .atMost(30),
        how: "maximum resident set by wait4"
          + ((peaks.min() ?? 0) <= own ? "; at most this: the bench itself holds \(own.short) MiB" : "")),
      Figure(
        name: "  of it the process' own", unit: "MiB", samples: ownMemory,
        how: "highest RssAnon of /proc, read again and again while it runs; 16 MiB are one derivation's. What is "
          + "resident beyond it is mapped code, shared with every other keyturn"),
    ]
  }

  /// The most memory that a rotation took for itself, MiB; what it only maps from files is left out.
  private func privatePeak() throws -> Double {
    let child = try simulation.start(try simulation.prepareRotation())
    let (peak, end) = child.peakWhileRunning("RssAnon")
    guard end.code == 0 else { throw Trouble("a rotation that was measured failed\n\(child.errorText)") }
    return Double(peak) / 1_048_576
  }

  /// Kills a rotation inside its swap, and times the one that goes on.
  private func resume() throws -> Child.End {
    let arguments = try simulation.prepareRotation()
    let before = Self.identity(of: simulation.target)
    let child = try simulation.start(arguments)
    let deadline = Clock.now + 30
    while Self.identity(of: simulation.target) == before && Clock.now < deadline { usleep(200) }
    child.send(SIGKILL)
    guard child.wait().code == 128 + SIGKILL else {
      throw Trouble("the rotation that was to be killed had ended\n\(child.errorText)")
    }
    let resumed = try simulation.run(["rotate", arguments[1], "--yes", "--json"])
    let report = try JSONValue(parsing: Data(resumed.output.utf8))
    guard report["phase"]?.string == "retired" else {
      throw Trouble("the rotation that went on ended in phase \(report["phase"]?.string ?? "unknown")")
    }
    return resumed.end
  }

  /// Tells one file from the one that is put in its place.
  private static func identity(of path: String) -> UInt64? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }

  private static var ownPeak: Double {
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
      getrusage(RUSAGE_SELF, &usage)
    #endif
    return Double(usage.peak) / 1_048_576
  }
}
