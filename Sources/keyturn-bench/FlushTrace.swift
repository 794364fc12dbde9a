import Foundation

/// What strace saw of one rotation: every flush by file, every file put in place, every derivation.
struct FlushTrace {
  static let storeGoal = 12.0
  static let perFileGoal = 2.0

  private var flushes: [String: Int] = [:]
  private var written: [String] = []
  private(set) var derivations = 0
  private let simulation: Simulation

  /// Nil where strace is not there or may not trace.
  init?(_ simulation: Simulation) throws {
    self.simulation = simulation
    guard Child.has("strace") else { return nil }
    let log = simulation.folder + "/strace"
    let arguments = try simulation.prepareRotation()
    _ = try simulation.run(
      behind: ["strace", "-f", "-y", "-qq", "-e", "signal=none", "-e", "trace=\(Self.calls)", "-o", log], arguments,
      adding: ["GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=4194304"])
    for line in try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n") { take(line) }
  }

  private static let calls =
    "fsync,fdatasync,msync,sync,syncfs,sync_file_range,rename,renameat,renameat2,link,linkat,mmap"

  var figures: [Figure] {
    let store = flushes.filter { isStore($0.key) }
    let files = flushes.filter { !isStore($0.key) }
    let counts = flushes.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)" }
    let flushed = Double(files.values.reduce(0, +))
    return [
      Figure(
        name: "flushes of the store, a rotation", unit: "flushes", samples: [Double(store.values.reduce(0, +))],
        goal: .atMost(Self.storeGoal),
        how: "strace -f of a whole keyturn rotate: fsync, fdatasync, msync, sync, syncfs, sync_file_range",
        notes: counts),
      Figure(
        name: "flushes for each file written", unit: "flushes",
        samples: written.isEmpty ? [] : [flushed / Double(written.count)], goal: .atMost(Self.perFileGoal),
        how: "\(flushed.short) for \(written.count) files put in place by rename: "
          + written.sorted().joined(separator: ", ")),
    ]
  }

  /// The database, its WAL, and the folder that names them.
  private func isStore(_ path: String) -> Bool { path == "state" || path.hasPrefix("state/keyturn.sqlite") }

  private mutating func take(_ line: Substring) {
    guard let call = line.firstMatch(of: /^(?:\d+\s+)?(\w+)\((.*)/)?.output else { return }
    switch call.1 {
    case "rename", "renameat", "renameat2", "link", "linkat":
      guard !line.contains(" = -1 "), let name = call.2.matches(of: /"([^"]*)"/).last?.output.1 else { return }
      written.append(short(String(name)))
    case "mmap":
      // scrypt's 128 N r bytes (RFC 7914) in one piece; above malloc's threshold, so that each is a mapping.
      guard let size = call.2.firstMatch(of: /^NULL, (\d+), PROT_READ\|PROT_WRITE,/).flatMap({ Int($0.output.1) })
      else { return }
      if (16_777_216..<16_842_752).contains(size) { derivations += 1 }
    case "fsync", "fdatasync", "msync", "sync", "syncfs", "sync_file_range":
      let path = call.2.firstMatch(of: /^\d+<([^>]*)>/).map { String($0.output.1) } ?? "(\(call.1))"
      flushes[short(path), default: 0] += 1
    default: return
    }
  }

  /// Without this run's folder, and one name for all temporary ones.
  private func short(_ path: String) -> String {
    let inside = path.hasPrefix(simulation.folder + "/") ? path.dropFirst(simulation.folder.count + 1) : path[...]
    return String(inside).replacing(/\/\.[^\/]*(?:\.tmp|\.keyturn-[0-9a-f]+)$/, with: "/(new file)")
  }
}
