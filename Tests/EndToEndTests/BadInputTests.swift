import Foundation
import Testing

/// What bad input gets: an exit code, a located and complete answer, and no change.
@Suite struct BadInputTests {
  @Test func `a broken runbook is 65 with every finding located, and nothing is opened`() throws {
    let simulation = try Simulation()
    let broken = simulation.folder.appending(path: "broken.yaml")
    try Data("name: x\nmaskinporten:\n  environment: moon\n  color: red\ntiming: { overlap: soon }\n".utf8).write(
      to: broken)
    for verb in [["runbook", "check"], ["rotate"], ["plan"]] {
      let process = simulation.program.start(verb + [broken.path])
      process.standardInput = FileHandle.nullDevice
      let out = Pipe()
      process.standardOutput = out
      process.standardError = out
      let gathered = Gathered(out)
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 65)
      let text = gathered.text()
      for place in ["3:", "4:", "5:"] { #expect(text.contains("broken.yaml:\(place)"), "\(verb): \(text)") }
    }
    #expect(
      try simulation.program("status").out.contains("no rotation")
        || !FileManager.default.fileExists(atPath: simulation.state.path))
  }

  @Test func `a variable that is not set is 65 by name`() throws {
    let simulation = try Simulation()
    let answer = try simulation.program("rotate", simulation.runbook, "--yes", environment: ["PORTAL_ADMIN_KID": ""])
    #expect(answer.status == 65)
    #expect((answer.out + answer.err).contains("PORTAL_ADMIN_KID"))
  }

  @Test func `without a passphrase or a confirmation nothing is made`() throws {
    let simulation = try Simulation()
    let noPassphrase = try simulation.program(
      "rotate", simulation.runbook, "--yes", environment: ["KEYTURN_PASSPHRASE": ""])
    #expect(noPassphrase.status == 3, "\(noPassphrase.err)")
    #expect(noPassphrase.err.contains("keyturn: hint:"))
    #expect(!FileManager.default.fileExists(atPath: simulation.state.appending(path: "keyturn.sqlite").path))
    let noYes = try simulation.program("rotate", simulation.runbook)
    #expect(noYes.status == 3)
    #expect(noYes.err.contains("--yes"))
  }

  @Test func `a second operator is told who holds the rotation`() throws {
    let simulation = try Simulation()
    let first = simulation.program.start(["rotate", simulation.runbook, "--yes", "--wait", "--operator", "kari"])
    first.standardOutput = FileHandle.nullDevice
    first.standardError = FileHandle.nullDevice
    first.standardInput = FileHandle.nullDevice
    try first.run()
    defer {
      kill(first.processIdentifier, SIGKILL)
      first.waitUntilExit()
    }
    var answer = try simulation.program("status", "--json")
    while answer.phase == nil, first.isRunning { answer = try simulation.program("status", "--json") }
    let second = try simulation.program("rotate", simulation.runbook, "--operator", "ola", "--json")
    #expect(second.status == 75, "\(second.err)")
    #expect(second.err.contains("kari"))
    #expect(second.phase != nil)
  }

  @Test func `a wrong passphrase writes nothing`() throws {
    let simulation = try Simulation()
    _ = try simulation.program("rotate", simulation.runbook, "--yes", "--until", "published")
    let before = try simulation.program("show", "--json").out
    let answer = try simulation.program("rotate", simulation.runbook, environment: ["KEYTURN_PASSPHRASE": "another"])
    #expect(answer.status == 1, "\(answer.err)")
    #expect(try simulation.program("show", "--json").out == before)
  }

  @Test func `an edited target stops with a conflict and both ways on`() throws {
    let simulation = try Simulation()
    _ = try simulation.program("rotate", simulation.runbook, "--yes", "--wait", "--until", "proven")
    let text = try String(contentsOf: simulation.envFile, encoding: .utf8)
    try Data(text.replacing("outgoing-", with: "somebody-").utf8).write(to: simulation.envFile)
    let answer = try simulation.program("rotate", simulation.runbook, "--wait", "--json")
    #expect(answer.status == 4, "\(answer.err)")
    #expect(answer.err.contains("--accept-foreign"))
    #expect(answer.err.contains("--reassert"))
    let mended = try simulation.program(
      "rotate", simulation.runbook, "--wait", "--reassert", "--reason", "mended", "--json")
    #expect(mended.status == 0, "\(mended.err)")
  }

  @Test func `usage errors are 64`() throws {
    let program = Program(environment: [:])
    for arguments in [["rotat"], ["rotate"], ["rotate", "x.yaml", "--until", "nowhere"], ["attest", "nothing"]] {
      let process = program.start(arguments)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      process.standardInput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 64, "\(arguments)")
    }
  }
}
