import Foundation
import RotationCore
import Testing

@testable import Neighbours

@Suite struct ReloadTests {
  private static let order = TargetOrder(rotation: RotationID(rawValue: "R-20261122-TEST"), kid: KeyID("app-key"))
  private static let path = "/usr/local/bin:/usr/bin:/bin"

  private func command(
    _ argv: [String], in folder: String = "/", environment: [String: String] = [:], timeout: Duration = .seconds(50)
  ) -> ChildCommand {
    ChildCommand(
      argv: argv, folder: folder, environment: ["PATH": Self.path].merging(environment) { _, new in new },
      timeout: timeout)
  }

  private func failure(_ command: ChildCommand) async -> ChildFailure? {
    do throws(ChildFailure) {
      _ = try await command.run()
      return nil
    } catch { return error }
  }

  private func deploying(
    _ argv: [String], folder: String, environment: [String: String] = [:], withheld: Set<String> = [],
    timeout: Duration = .seconds(50)
  ) -> DotenvTarget {
    let settings = Runbook.Dotenv(path: folder + "/.env", reload: argv, reloadTimeout: timeout)
    return DotenvTarget(
      settings, folder: folder, environment: ["PATH": Self.path].merging(environment) { _, new in new },
      withheld: withheld)
  }

  @Test func `a reload runs in the runbook's folder and sees no variable of Keyturn, the runbook or the pair`()
    async throws
  {
    try await withFolder { folder in
      let environment = [
        "KEYTURN_PASSPHRASE": "p1", "KEYTURN_STATE": "x", "PORTAL_ADMIN_PRIVATE_KEY": "p2", "KEEP": "this",
        "MASKINPORTEN_PRIVATE_KEY": "p3", "MASKINPORTEN_KID": "k", "KEYTURNED": "stays",
      ]
      let target = deploying(
        [
          "sh", "-c",
          "tr '\\0' '\\n' < /proc/self/environ > env; tr '\\0' ' ' < /proc/self/cmdline > argv; pwd > folder",
        ],
        folder: folder, environment: environment, withheld: ["PORTAL_ADMIN_PRIVATE_KEY"])
      #expect(target.capabilities.contains(.deploys))
      try await target.deploy(Self.order)
      let names = try text(of: folder + "/env").split(separator: "\n").compactMap { $0.split(separator: "=").first }
      #expect(Set(names) == ["PATH", "KEEP", "KEYTURNED"])
      #expect(try text(of: folder + "/folder") == folder + "\n")
    }
  }

  @Test func `arguments reach the program as they are, through no shell`() async throws {
    let said = try await command(["printf", "%s,", "a b", "$HOME", "*", ";id"]).run()
    #expect(said == "a b,$HOME,*,;id,")
  }

  @Test func `without a reload a deploy does nothing`() async throws {
    let target = DotenvTarget(.init(path: "/nowhere/.env"), folder: "/", environment: [:], withheld: [])
    #expect(!target.capabilities.contains(.deploys))
    try await target.deploy(Self.order)
  }

  @Test func `an exit code and the end of the output are told`() async throws {
    let failure = await failure(command(["sh", "-c", "echo out; echo the reason >&2; exit 7"]))
    #expect(failure?.kind == .exited(7))
    #expect(failure?.reason == "sh ended with exit code 7: out | the reason")
    let target = deploying(["sh", "-c", "exit 3"], folder: "/")
    let trouble = await #expect(throws: NeighbourTrouble.self) { try await target.deploy(Self.order) }
    #expect(trouble?.kind == .rejected)
    #expect(trouble?.detail.contains("exit code 3") == true)
  }

  @Test func `a signal is told`() async {
    #expect(await failure(command(["sh", "-c", "kill -TERM $$"]))?.kind == .signalled(SIGTERM))
  }

  @Test func `a program that is not there is named`() async throws {
    for program in ["no-such-program", "/no/such/program", "./no-such-script"] {
      let failure = await failure(command([program]))
      #expect(failure?.kind == .notStarted)
      #expect(failure?.reason.contains(program) == true)
    }
    #expect(await failure(command(["true"], in: "/no/such/folder"))?.kind == .notStarted)
    #expect(await failure(command([]))?.kind == .notStarted)
  }

  @Test func `a program beside the runbook is found`() async throws {
    try await withFolder { folder in
      try put("#!/bin/sh\necho here\n", folder + "/reload.sh", mode: 0o700)
      #expect(try await command(["./reload.sh"], in: folder).run() == "here")
    }
  }

  @Test func `a time-out kills the whole group`() async throws {
    try await withFolder { folder in
      let failure = await failure(
        command(
          ["sh", "-c", "trap '' TERM; echo begun; (trap '' TERM; sleep 3000) & echo $! > child; echo $$ > self; wait"],
          in: folder, timeout: .milliseconds(1_500)))
      #expect(failure?.kind == .timedOut)
      #expect(failure?.reason.contains("begun") == true)
      for name in ["self", "child"] {
        let process = try #require(Int32(try text(of: folder + "/" + name).trimmingCharacters(in: .newlines)))
        #expect(try isGone(process))
      }
    }
  }

  /// Dead, or a zombie that init has yet to bury.
  private func isGone(_ process: Int32) throws -> Bool {
    for _ in 0..<200 {
      if kill(process, 0) != 0 { return true }
      if try text(of: "/proc/\(process)/stat").contains(") Z ") { return true }
      usleep(10_000)
    }
    return false
  }

  @Test func `a service left running is not waited for`() async throws {
    try await withFolder { folder in
      _ = try await command(["sh", "-c", "sleep 3000 & echo $! > child"], in: folder).run()
      let process = try #require(Int32(try text(of: folder + "/child").trimmingCharacters(in: .newlines)))
      #expect(kill(process, SIGKILL) == 0)
    }
  }

  @Test func `a child that closes its output is still waited for`() async throws {
    let failure = await failure(command(["sh", "-c", "exec >&- 2>&-; sleep 0.3; exit 9"]))
    #expect(failure?.kind == .exited(9))
  }

  @Test func `cancelling ends the child`() async throws {
    try await withFolder { folder in
      let command = command(["sh", "-c", "echo $$ > self; exec sleep 60"], in: folder)
      let run = Task { await failure(command) }
      while (try? text(of: folder + "/self"))?.hasSuffix("\n") != true { await Task.yield() }
      run.cancel()
      #expect(await run.value?.kind == .cancelled)
      let process = try #require(Int32(try text(of: folder + "/self").trimmingCharacters(in: .newlines)))
      #expect(try isGone(process))
    }
  }

  @Test func `output is bounded, its end is kept and keys in it are not`() async throws {
    let pem = try Signer.pair().pemText()
    let failure = await failure(
      command(["sh", "-c", "seq 1 200000; printf '%s' \"$PEM\"; echo the end; exit 1"], environment: ["PEM": pem]))
    let reason = try #require(failure?.reason)
    #expect(reason.hasSuffix("<private key> | the end"))
    #expect(reason.count < 800)
    let body = pem.split(separator: "\n")[3]
    #expect(!reason.contains(body))
  }

  @Test func `a key whose first line was cut off is redacted too`() throws {
    let pem = try Signer.pair().pemText()
    for text in [String(pem.dropFirst(200)), String(pem.dropFirst(200).dropLast(100)), String(pem.dropLast(300))] {
      let lines = pem.split(separator: "\n").dropFirst().dropLast().filter { $0.count == 64 }
      let redacted = Redaction.tail(text)
      #expect(lines.allSatisfy { !redacted.contains($0) })
    }
  }

  @Test(arguments: [0, 15, 40]) func `the numbers of a key, as openssl prints them, are dropped`(from start: Int) throws
  {
    let numbers = (0..<64).map { String(($0 * 37) % 256 | 256, radix: 16).dropFirst() }
    let lines = stride(from: 0, to: 64, by: 15).map { "    " + numbers[$0..<min($0 + 15, 64)].joined(separator: ":") }
    let text = "coefficient:\n" + lines.joined(separator: ":\n") + "\n"
    let redacted = Redaction.tail(String(text.dropFirst(start)))
    #expect(!redacted.contains(numbers[20..<24].joined(separator: ":")), "\(redacted)")
    #expect(Redaction.tail("at 12:30:05 on 00:1a:2b:3c:4d:5e") == "at 12:30:05 on 00:1a:2b:3c:4d:5e")
  }
}
