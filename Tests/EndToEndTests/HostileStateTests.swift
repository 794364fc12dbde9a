import Foundation
import Testing

/// States, disks and signals that an operator does not choose.
@Suite struct HostileStateTests {
  @Test func `a state on a read-only disk is read, and refused to writers`() async throws {
    let simulation = try await Simulation()
    _ = try await simulation.program("rotate", simulation.runbook, "--yes", "--until", "published")
    let disk = try ReadOnlyView(of: simulation.state)
    guard disk.isMounted else { return skip("no user namespace may be made here to mount a read-only disk") }
    let id = try #require(try await simulation.program("status", "--json").json["rotation"] as? String)
    for verb in [["status"], ["history"], ["show", id], ["audit", "verify"]] {
      let answer = try await simulation.program(disk.running(Program.path, verb))
      #expect(answer.status == 0, "\(verb): \(answer.err)")
      #expect(!answer.out.isEmpty)
    }
    let before = try bytes(in: simulation.state)
    for verb in [["rotate", simulation.runbook, "--yes"], ["rollback", "--reason", "x", "--yes"]] {
      let answer = try await simulation.program(disk.running(Program.path, verb))
      #expect(answer.status == 1, "\(verb): \(answer.err)")
      #expect(answer.err.contains("read-only disk; nothing was changed"), "\(answer.err)")
      #expect(answer.err.contains("keyturn: hint: mount it for writing"))
    }
    #expect(try bytes(in: simulation.state) == before)
  }

  @Test func `a killed writer's state on a read-only disk is read as it stands, or refused with the way on`()
    async throws
  {
    let simulation = try await Simulation()
    let writer = try simulation.program.startMuted("rotate", simulation.runbook, "--yes", "--wait")
    while try await simulation.program("status", "--json").phase == nil, writer.isRunning {}
    kill(writer.processIdentifier, SIGKILL)
    writer.waitUntilExit()
    let disk = try ReadOnlyView(of: simulation.state)
    guard disk.isMounted else { return skip("no user namespace may be made here to mount a read-only disk") }
    let answer = try await simulation.program(disk.running(Program.path, ["status", "--json"]))
    if answer.status == 0 {
      #expect(try await simulation.program("status", "--json").phase == answer.phase)
    } else {
      #expect(answer.status == 1, "\(answer.err)")
      #expect(answer.err.contains("copy the whole folder"), "\(answer.err)")
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `a signal in a command's first moments is heard, and ends it as asked`(number: Int32) async throws {
    let simulation = try await Simulation()
    let pipe = simulation.folder.appending(path: "passphrase").path
    mkfifo(pipe, 0o600)
    let process = simulation.program.start(
      ["rotate", simulation.runbook, "--yes", "--json"],
      environment: ["KEYTURN_PASSPHRASE": "", "KEYTURN_PASSPHRASE_FILE": pipe])
    let answer = try await offThePool {
      try Program.run(process) {
        // Opens when the program waits for its passphrase, and says nothing: the signal alone ends the wait.
        let passphrase = FileHandle(forWritingAtPath: pipe)
        while !$0.soFar.contains("waiting for what \(pipe) delivers") {}
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        try passphrase?.close()
      }
    }
    #expect(answer.reason == .exit)
    #expect(answer.status == 4, "\(answer.err)")
    #expect(try answer.json["schema"] as? String == "keyturn.error/v1")
    #expect(answer.err.contains("keyturn: error: stopped as asked"))
    #expect(!FileManager.default.fileExists(atPath: simulation.state.appending(path: "keyturn.sqlite").path))
  }

  @Test(arguments: [["status", "--json"], ["keys", "list"], ["history"], ["audit", "key"], ["help"]])
  func `an answer that the disk did not take is no success`(command: [String]) async throws {
    let simulation = try await Simulation()
    _ = try await simulation.program("rotate", simulation.runbook, "--yes", "--until", "generated")
    let words = command.map { "'\($0)'" }.joined(separator: " ")
    let answer = try await simulation.program(Program.Shell(script: "'\(Program.path)' \(words) > /dev/full"))
    #expect(answer.status == 1)
    #expect(answer.err.contains("keyturn: error: standard output cannot be written: No space left on device"))
    let gone = try await simulation.program(
      Program.Shell(script: "{ '\(Program.path)' \(words); echo $? >&2; } | true"))
    #expect(gone.err == "0\n", "\(gone.err)")
  }

  @Test(arguments: [["status"], ["history"], ["keys", "list"], ["audit", "key"]])
  func `a state that this user may not read is an error, and nothing is called safe`(command: [String]) async throws {
    let simulation = try await Simulation()
    _ = try await simulation.program("rotate", simulation.runbook, "--yes", "--until", "generated")
    let words = command.map { "'\($0)'" }.joined(separator: " ")
    // Another user than the owner, where this one is root; the folder above lets him come to the state.
    chmod(simulation.folder.path, 0o755)
    let other = "setpriv --reuid 65534 --regid 65534 --clear-groups"
    guard try await simulation.program(Program.Shell(script: "\(other) true")).status == 0 else {
      return skip("this user can be no other")
    }
    let answer = try await simulation.program(Program.Shell(script: "\(other) '\(Program.path)' \(words)"))
    guard answer.status != 126 && answer.status != 127 else {
      return skip("the program is out of the other user's reach")
    }
    #expect(answer.status == 1, "\(answer.out)")
    #expect(answer.err.contains("this user (uid 65534) may not look at"), "\(answer.err)")
    #expect(answer.out.isEmpty)
  }

  @Test func `a stop ends what only looks at once, with a document`() async throws {
    let simulation = try await Simulation(
      faults: #"{"rules":[{"route":"metadata","fault":"delay","seconds":3600,"times":0}]}"#)
    let process = simulation.program.start(["plan", simulation.runbook, "--json"])
    let port = simulation.port
    let answer = try await offThePool {
      try Program.run(process) { _ in
        while (try? Self.asked(port)) != true {}
        kill(process.processIdentifier, SIGTERM)
      }
    }
    #expect(answer.status == 4, "\(answer.err)")
    #expect(try answer.json["schema"] as? String == "keyturn.error/v1")
  }

  @Test func `a neighbour that never answers holds nobody beyond the time-out`() async throws {
    let simulation = try await Simulation(
      faults: #"{"rules":[{"route":"metadata","fault":"delay","seconds":3600,"times":0}]}"#)
    let began = ContinuousClock.now
    let answer = try await simulation.program("plan", simulation.runbook)
    #expect(answer.reason == .exit && answer.status == 69, "\(answer.err)")
    #expect(answer.err.contains("time-out after 15s"), "\(answer.err)")
    // The time-out and what the HTTP client's shutdown may take; the neighbour answers in an hour.
    #expect(ContinuousClock.now - began < .seconds(300))
  }

  /// Whether the first call of a plan has reached the simulator.
  private static func asked(_ port: Int) throws -> Bool {
    let url = try #require(URL(string: "http://127.0.0.1:\(port)/_simulator/state"))
    let state = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    return (state?["faults"] as? [[String: Any]])?.contains { ($0["struck"] as? Int ?? 0) > 0 } == true
  }

  @Test func `a log folder that others can enter is refused`() async throws {
    let simulation = try await Simulation()
    _ = try await simulation.program("rotate", simulation.runbook, "--yes", "--until", "generated")
    let log = simulation.state.appending(path: "log").path
    chmod(log, 0o755)
    let answer = try await simulation.program("status")
    #expect(answer.status == 1)
    #expect(answer.err.contains("chmod 0700 '\(log)'"), "\(answer.err)")
  }

  @Test func `restoring from what is no backup is 65 by name, and nothing is made`() async throws {
    let simulation = try await Simulation()
    let file = simulation.folder.appending(path: "holiday.jpg")
    let whole = simulation.folder.appending(path: "whole")
    _ = try await simulation.program("rotate", simulation.runbook, "--yes", "--until", "generated")
    _ = try await simulation.program("state", "backup", whole.path)
    let half = try Data(contentsOf: whole).prefix(9_000)
    for bytes in [Data("not a database, but long enough for a header of one".utf8), Data(), Data(half)] {
      try bytes.write(to: file)
      let answer = try await simulation.program(
        "state", "restore", file.path, "--json",
        environment: ["KEYTURN_STATE": simulation.folder.appending(path: "new").path])
      #expect(answer.status == 65, "\(answer.err)")
      #expect(answer.err.contains(file.path))
      #expect(!FileManager.default.fileExists(atPath: simulation.folder.appending(path: "new").path))
    }
  }

  private func bytes(in folder: URL) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return names.reduce(into: [:]) {
      $0[$1] = FileManager.default.contents(atPath: folder.appending(path: $1).path)
    }
  }
}

/// Commands that see one folder on a read-only mount. In a mount namespace of their own: nobody else sees it.
struct ReadOnlyView {
  let folder: URL

  init(of folder: URL) throws { self.folder = folder }

  var isMounted: Bool {
    let probe = Process()
    probe.executableURL = URL(filePath: "/bin/sh")
    probe.arguments = ["-c", "\(shell(["/bin/sh", "-c", "! touch '\(folder.path)/probe' 2>/dev/null"]))"]
    probe.standardError = FileHandle.nullDevice
    guard (try? probe.run()) != nil else { return false }
    probe.waitUntilExit()
    return probe.terminationStatus == 0
  }

  /// The program and its arguments, for `Program.callAsFunction(shell:)`.
  func running(_ program: String, _ arguments: [String]) -> Program.Shell {
    Program.Shell(script: shell([program] + arguments))
  }

  private func shell(_ words: [String]) -> String {
    let mounting = "mount --bind '\(folder.path)' '\(folder.path)' && mount -o remount,bind,ro '\(folder.path)'"
    let command = words.map { "'\($0.replacing("'", with: "'\\''"))'" }.joined(separator: " ")
    let inside = "\(mounting) && exec \(command)".replacing("'", with: "'\\''")
    return "exec unshare -rm sh -c '\(inside)'"
  }
}
