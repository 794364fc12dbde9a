import Foundation
import Testing

/// Disks that are full, fail or forget, and a clock that is off: what the real binary makes of them.
@Suite(.serialized) struct DiskTests {
  private static let isWhole = ProcessInfo.processInfo.environment["KEYTURN_SOAK"] == "1"

  /// `left`: KiB that are free when the second run begins. With none, not even SQLite's index can be made.
  @Test(arguments: [0, 48, 96]) func `a full disk is named, and with space again the rotation goes on`(left: Int)
    async throws
  {
    let world = try await CrashWorld()
    try await world.begin(verified: false)
    let (state, runbook, program) = (world.state.path, world.simulation.runbook, Program.path)
    let script = """
      mkdir -m 700 '\(state)' && mount -t tmpfs -o size=4m,mode=700 tmpfs '\(state)' 2>/dev/null || exit 77
      run() { '\(program)' "$@" >'\(state).out' 2>'\(state).err'; echo "$? $(tr '\\n' ' ' <'\(state).err')"; }
      run rotate '\(runbook)' --yes --wait --until published
      dd if=/dev/zero of='\(state)/filler' bs=4k 2>/dev/null
      truncate -s -\(left)k '\(state)/filler'
      run rotate '\(runbook)' --wait
      run status --json
      rm '\(state)/filler'
      run rotate '\(runbook)' --wait --json
      cat '\(state).out'
      """
    let answer = try await world.simulation.program(
      Program.Shell(script: "exec unshare -rm sh -c '\(script.replacing("'", with: "'\\''"))'"),
      environment: ["KEYTURN_STATE": state])
    if answer.status == 77 || answer.err.contains("unshare") {
      return skip("no tmpfs may be mounted here: \(answer.err)")
    }
    let lines = answer.out.split(separator: "\n", maxSplits: 4).map(String.init)
    #expect(lines.count == 5, "\(answer.out) \(answer.err)")
    guard lines.count == 5 else { return }
    #expect(lines[0].hasPrefix("0 "), "\(lines[0])")
    // Without room for the index nothing was begun; later the rotation stops midway.
    #expect(lines[1].hasPrefix(left == 0 ? "1 " : "4 "), "\(lines[1])")
    #expect(lines[1].contains("the disk is full") && lines[1].contains("free space on the state's disk"), "\(lines[1])")
    #expect(
      lines[2].hasPrefix("0 ") || lines[2].hasPrefix("1 ") && lines[2].contains("the disk is full"), "\(lines[2])")
    #expect(lines[3].hasPrefix("0 "), "\(lines[3])")
    let last = Program.Answer(status: 0, out: lines[4], err: "")
    #expect(["retired", "completed"].contains(last.phase))
    let writes = try await world.calls().count {
      $0["route"] as? String == "keys-write" && $0["status"] as? Int ?? 0 < 300
    }
    #expect(writes == 2)
  }

  @Test func `a flush that fails ends the process, which touches the store no more`() async throws {
    guard let shim = CrashShim.required() else { return }
    let world = try await CrashWorld()
    var failed = 0
    for number in Swift.stride(from: Self.isWhole ? 1 : 4, to: .max, by: Self.isWhole ? 1 : 7) {
      try await world.begin(verified: false)
      let answer = try await world(
        try await world.command(back: false),
        shim.environment(.failFlush(number), store: world.state, log: world.pointsLog))
      let points = try world.points
      guard let failure = points.firstIndex(where: { $0.hasPrefix("failed") }) else { break }
      failed += 1
      let place: Comment = "\(points[failure]), the \(number)th of the store"
      #expect(answer.reason == .exit, place)
      if points[failure].hasSuffix("keyturn.sqlite-wal") || points[failure].hasSuffix("keyturn.sqlite") {
        #expect(answer.status == 4, "\(place): \(answer.err)")
        #expect(answer.err.contains("the state's disk failed"), place)
        let after = points[(failure + 1)...].filter { $0.contains("keyturn.sqlite") }
        #expect(after.isEmpty, "\(place): \(after)")
      } else {
        // A state that is only being made, or the log's files, which are derived: nothing is lost.
        #expect([0, 1, 4].contains(answer.status), "\(place): \(answer.err)")
        #expect(answer.err.contains("keyturn: "), place)
      }
      try await world.finish(back: false, place)
    }
    print("flushes of the store that failed, each ending the process and none of them repeated in it: \(failed)")
    #expect(failed >= 3)
  }

  @Test func `an older database put back is refused by its own log, and signs nothing`() async throws {
    let world = try await CrashWorld()
    try await world.begin(verified: false)
    let (database, old) = (
      world.state.appending(path: "keyturn.sqlite"), world.simulation.folder.appending(path: "old")
    )
    try await world(["rotate", world.simulation.runbook, "--yes", "--wait", "--until", "published"])
    try FileManager.default.copyItem(at: database, to: old)
    try await world(["rotate", world.simulation.runbook, "--wait"])
    let checkpoint = try Data(contentsOf: world.state.appending(path: "log/checkpoint"))
    let calls = try await world.calls().count { $0["route"] as? String == "keys-write" }
    try Data(contentsOf: old).write(to: database)
    for arguments in [["rotate", world.simulation.runbook, "--wait"], ["rollback", "--yes", "--reason", "x"]] {
      let answer = try await world(arguments)
      #expect(answer.status == 1, "\(answer.err)")
      #expect(answer.err.contains("were published before"), "\(answer.err)")
      #expect(answer.err.contains("keyturn state restore"), "\(answer.err)")
    }
    #expect(try await world(["audit", "verify"]).status == 1)
    #expect(try Data(contentsOf: world.state.appending(path: "log/checkpoint")) == checkpoint)
    #expect(try await world.calls().count { $0["route"] as? String == "keys-write" } == calls)
  }

  @Test func `a restored backup is looked over first, and ends the same`() async throws {
    let world = try await CrashWorld()
    try await world.begin(verified: true)
    let backup = world.simulation.folder.appending(path: "backup").path
    #expect(try await world(["state", "backup", backup]).status == 0)
    let runbook = world.simulation.runbook
    #expect(try await world(["rotate", runbook, "--wait", "--json"]).phase == "completed")
    let restored = ["KEYTURN_STATE": world.simulation.folder.appending(path: "restored").path]
    let program = world.simulation.program
    let answer = try await program(["state", "restore", backup, "--json"], environment: restored)
    #expect(answer.status == 0, "\(answer.err)")
    #expect((try answer.json["observe_first"] as? [String])?.count == 1)
    let last = try await program(["rotate", runbook, "--wait", "--json"], environment: restored)
    #expect(last.status == 0, "\(last.err)")
    #expect(last.phase == "completed")
    #expect(last.err.contains("restored from a backup"))
    // At its old phase the outgoing key should be listed: it is put back, on record, and retired once more.
    #expect(try await world.simulation.listedKids().count == 2)
    let refused = try await world.calls().count { $0["route"] as? String == "call" && $0["status"] as? Int != 200 }
    #expect(refused == 0)
    let audit = try await program(["audit", "verify", "--json"], environment: restored)
    #expect(try audit.json["verified"] as? Bool == true)
  }

  @Test func `a damaged database is named and left as it is`() async throws {
    let world = try await CrashWorld()
    try await world.begin(verified: true)
    let database = world.state.appending(path: "keyturn.sqlite")
    let whole = try Data(contentsOf: database)
    // The header, and the head of every tree's page.
    for start in [0, 16] + Swift.stride(from: 4096, to: whole.count, by: 4096 * (Self.isWhole ? 1 : 5)) {
      var bytes = whole
      for offset in start..<start + 8 { bytes[offset] ^= 0xFF }
      try bytes.write(to: database)
      let answer = try await world(["rotate", world.simulation.runbook, "--wait"])
      #expect(answer.status == 1, "byte \(start): \(answer.status) \(answer.err)")
      #expect(answer.err.contains("damaged") || answer.err.contains("not a ledger"), "byte \(start): \(answer.err)")
      #expect(answer.err.contains("keyturn: hint: "))
      #expect(try Data(contentsOf: database) == bytes, "byte \(start)")
    }
    try whole.write(to: database)
    try await world.finish(back: false, "after all damage was mended")
  }

  @Test func `a WAL that was deleted with signed entries in it is missed`() async throws {
    guard let shim = CrashShim.required() else { return }
    let world = try await CrashWorld()
    try await world.begin(verified: false)
    let arguments = ["rotate", world.simulation.runbook, "--yes", "--wait", "--until", "published"]
    // Dead between the last signature (the first is the empty log's) and the folding of the WAL.
    let killed = try await world(
      arguments,
      shim.environment(.crashAfter("after rename checkpoint", times: 2), store: world.state, log: world.pointsLog))
    #expect(killed.reason == .uncaughtSignal)
    for name in ["keyturn.sqlite-wal", "keyturn.sqlite-shm"] {
      try FileManager.default.removeItem(at: world.state.appending(path: name))
    }
    let answer = try await world(arguments)
    #expect(answer.status == 1, "\(answer.err)")
    #expect(answer.err.contains("were published before"), "\(answer.err)")
    // A look leaves an empty one behind.
    try? FileManager.default.removeItem(at: world.state.appending(path: "keyturn.sqlite-wal"))
    try FileManager.default.moveItem(
      at: world.state.appending(path: "keyturn.sqlite"), to: world.state.appending(path: "keyturn.sqlite-wal"))
    let orphan = try await world(arguments)
    #expect(orphan.status == 1)
    #expect(orphan.err.contains("is missing, but"), "\(orphan.err)")
  }

  @Test(arguments: [-60, 60]) func `a host clock that is off is refused before anything is made`(seconds: Int)
    async throws
  {
    let simulation = try await Simulation(
      faults: #"{"rules":[{"route":"metadata","fault":"date","seconds":\#(seconds),"times":0}]}"#)
    for verb in [["plan"], ["rotate", "--yes"]] {
      let answer = try await simulation.program([verb[0], simulation.runbook] + verb.dropFirst())
      #expect(answer.status == 3, "\(answer.err)")
      #expect(answer.err.contains("more than 5 s: mend the clock first"), "\(answer.err)")
      #expect(answer.err.contains(seconds < 0 ? "ahead of" : "behind"), "\(answer.err)")
    }
    #expect(try await simulation.program("status").out.contains("no rotation"))
  }
}
