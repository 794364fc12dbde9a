import Foundation
import Testing

/// What bad input gets: an exit code, a located and complete answer, and no change.
@Suite struct BadInputTests {
  @Test func `a broken runbook is 65 with every finding located, and nothing is opened`() async throws {
    let simulation = try await Simulation()
    let broken = simulation.folder.appending(path: "broken.yaml")
    try Data("name: x\nmaskinporten:\n  environment: moon\n  color: red\ntiming: { overlap: soon }\n".utf8).write(
      to: broken)
    for verb in [["runbook", "check"], ["rotate"], ["plan"]] {
      let answer = try await simulation.program(verb + [broken.path])
      #expect(answer.status == 65)
      let text = answer.out + answer.err
      for place in ["3:", "4:", "5:"] { #expect(text.contains("broken.yaml:\(place)"), "\(verb): \(text)") }
    }
    #expect(
      try await simulation.program("status").out.contains("no rotation")
        || !FileManager.default.fileExists(atPath: simulation.state.path))
  }

  @Test func `a variable that is not set is 65 by name`() async throws {
    let simulation = try await Simulation()
    let answer = try await simulation.program(
      "rotate", simulation.runbook, "--yes", environment: ["PORTAL_ADMIN_KID": ""])
    #expect(answer.status == 65)
    #expect((answer.out + answer.err).contains("PORTAL_ADMIN_KID"))
  }

  @Test func `without a passphrase or a confirmation nothing is made`() async throws {
    let simulation = try await Simulation()
    let noPassphrase = try await simulation.program(
      "rotate", simulation.runbook, "--yes", environment: ["KEYTURN_PASSPHRASE": ""])
    #expect(noPassphrase.status == 3, "\(noPassphrase.err)")
    #expect(noPassphrase.err.contains("keyturn: hint:"))
    #expect(!FileManager.default.fileExists(atPath: simulation.state.appending(path: "keyturn.sqlite").path))
    let noYes = try await simulation.program("rotate", simulation.runbook)
    #expect(noYes.status == 3)
    #expect(noYes.err.contains("--yes"))
  }

  @Test func `a second operator is told who holds the rotation`() async throws {
    let simulation = try await Simulation("--adds", "3000")
    let first = try simulation.program.startMuted("rotate", simulation.runbook, "--yes", "--wait", "--operator", "kari")
    defer {
      kill(first.processIdentifier, SIGKILL)
      first.waitUntilExit()
    }
    var answer = try await simulation.program("status", "--json")
    while answer.phase == nil, first.isRunning { answer = try await simulation.program("status", "--json") }
    let second = try await simulation.program("rotate", simulation.runbook, "--operator", "ola", "--json")
    #expect(second.status == 75, "\(second.err)")
    #expect(second.err.contains("kari"))
    #expect(second.phase != nil)
  }

  @Test func `a wrong passphrase writes nothing`() async throws {
    let simulation = try await Simulation()
    _ = try await simulation.program("rotate", simulation.runbook, "--yes", "--until", "published")
    let before = try await simulation.program("show", "--json").out
    let answer = try await simulation.program(
      "rotate", simulation.runbook, environment: ["KEYTURN_PASSPHRASE": "another"])
    #expect(answer.status == 1, "\(answer.err)")
    #expect(try await simulation.program("show", "--json").out == before)
  }

  @Test func `an edited target stops with a conflict and both ways on`() async throws {
    let simulation = try await Simulation()
    _ = try await simulation.program("rotate", simulation.runbook, "--yes", "--wait", "--until", "proven")
    let text = try String(contentsOf: simulation.envFile, encoding: .utf8)
    try Data(text.replacing("outgoing-", with: "somebody-").utf8).write(to: simulation.envFile)
    let answer = try await simulation.program("rotate", simulation.runbook, "--wait", "--json")
    #expect(answer.status == 4, "\(answer.err)")
    #expect(answer.err.contains("--accept-foreign"))
    #expect(answer.err.contains("--reassert"))
    let mended = try await simulation.program(
      "rotate", simulation.runbook, "--wait", "--reassert", "--reason", "mended", "--json")
    #expect(mended.status == 0, "\(mended.err)")
  }

  @Test func `usage errors are 64`() async throws {
    let program = Program(environment: [:])
    for arguments in [["rotat"], ["rotate"], ["rotate", "x.yaml", "--until", "nowhere"], ["attest", "nothing"]] {
      let answer = try await program(arguments)
      #expect(answer.status == 64, "\(arguments): \(answer.err)")
    }
  }
}
