import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import Neighbours

@Suite struct ExecTargetTests {
  /// As the program does at its start: a child that ended without reading is no end of its own.
  init() { signal(SIGPIPE, SIG_IGN) }

  private static let order = TargetOrder(rotation: RotationID(rawValue: "R-20261122-TEST"), kid: KeyID("app-key"))

  /// A program in sh: `describe` answers as given, every other verb runs `body`.
  private func target(
    _ folder: String,
    describe: String = #"{"status":"done","name":"x","capabilities":["deploys"],"reports_live":true}"#,
    _ body: String, timeout: Duration = .seconds(30)
  ) async throws -> ExecTarget {
    let text = "#!/bin/sh\nif [ \"$1\" = describe ]; then echo '\(describe)'; exit 0; fi\n\(body)\n"
    try put(text, folder + "/target", mode: 0o700)
    return try await ExecTarget.describe(
      Runbook.Exec(command: ["./target"], timeout: timeout, settings: ["place": "here"]), folder: folder,
      environment: ["PATH": "/usr/bin:/bin", "KEYTURN_PASSPHRASE": "p", "TOKEN": "t", "KEEP": "k"], withheld: ["TOKEN"],
      clock: ManualClock())
  }

  @Test func `secrets go over standard input and nowhere else`() async throws {
    try await withFolder { folder in
      let target = try await target(
        folder,
        """
        tr '\\0' ' ' < /proc/$$/cmdline > argv; tr '\\0' ' ' < /proc/$PPID/cmdline > parent
        tr '\\0' '\\n' < /proc/$$/environ > environment; ls -l /proc/$$/fd > files
        cat > in; echo '{"status":"done"}'
        """)
      try await target.write(try Signer.pair(), replacing: KeyID("old"))
      let asked = try JSONValue(parsing: Data(text(of: folder + "/in").utf8))
      #expect(asked["protocol"]?.string == "keyturn-target/1")
      #expect(asked["verb"]?.string == "stage")
      #expect(asked["settings"]?["place"]?.string == "here")
      #expect(asked["expected"]?["kid"]?.string == "old")
      #expect(asked["desired"]?["kid"]?.string == "app-key")
      let pem = try Signer.pair().pemText()
      #expect(asked["desired"]?["private_key"]?.string == pem)
      #expect(try text(of: folder + "/argv").contains("stage --protocol=keyturn-target/1"))
      let secret = try #require(pem.split(separator: "\n").dropFirst().first)
      for file in ["/argv", "/parent", "/environment", "/files"] {
        let seen = try text(of: folder + file)
        #expect(!seen.isEmpty && !seen.contains("PRIVATE KEY") && !seen.contains(secret), "\(file)")
      }
      // Standard input is a pipe, so that the document lies in no file either.
      #expect(try text(of: folder + "/files").contains(#/ 0 -> (pipe|socket):/#))
      let environment = try text(of: folder + "/environment")
      #expect(environment.contains("KEEP=k") && !environment.contains("TOKEN") && !environment.contains("KEYTURN"))
    }
  }

  @Test(arguments: [
    ("exit 75", NeighbourTrouble.Kind.unreachable), ("exit 77", .rejected), ("exit 64", .rejected),
    ("exit 3", .unanswered), ("kill -9 $$", .unanswered), ("echo nonsense", .unanswered), ("true", .unanswered),
    (#"echo '{"status":"done"}{"status":"done"}'"#, .unanswered),
    (#"echo '{"status":"done"}'; echo '{"status":"done"}'"#, .unanswered),
    (#"echo '{"status":"done","status":"failed"}'"#, .unanswered), (#"echo '["done"]'"#, .unanswered),
    (#"echo '{"status":"fine"}'"#, .unanswered), (#"printf '{"status":"do'"#, .unanswered),
    (#"echo '{"status":"done","protocol":"keyturn-target/2"}'"#, .unanswered),
    ("head -c 300000 /dev/zero", .unanswered),
    (#"echo '{"status":"refused","message":"moved"}'"#, .rejected),
    (#"echo '{"status":"failed","message":"half"}'"#, .serverError),
  ])
  func `an end of stage means one thing`(body: String, kind: NeighbourTrouble.Kind) async throws {
    try await withFolder { folder in
      let target = try await target(folder, "cat > /dev/null\n" + body)
      let trouble = await trouble { try await target.write(try Signer.pair(), replacing: nil) }
      #expect(trouble?.kind == kind)
    }
  }

  @Test func `a time-out kills the group, and verify settles what it did`() async throws {
    try await withFolder { folder in
      let target = try await target(
        folder,
        """
        if [ "$1" = verify ]; then echo '{"status":"done","holds":"kid","kid":"app-key","live":"app-key"}'; exit; fi
        sleep 3000
        """, timeout: .seconds(20))
      try await target.deploy(Self.order)
    }
  }

  @Test(arguments: [
    "exit 3", "kill -9 $$", "echo nonsense", #"echo '{"status":"done"}{"status":"done"}'"#,
    #"echo '{"status":"done","protocol":"keyturn-target/2"}'"#,
  ])
  func `an unknown outcome leads to verify, and to no second activate`(end: String) async throws {
    for live in ["app-key", "old"] {
      try await withFolder { folder in
        let target = try await target(
          folder,
          """
          echo "$1" >> verbs
          if [ "$1" = verify ]; then echo '{"status":"done","holds":"kid","kid":"app-key","live":"\(live)"}'; exit; fi
          \(end)
          """)
        let trouble = await trouble { try await target.deploy(Self.order) }
        #expect(trouble?.kind == (live == "app-key" ? nil : .unanswered))
        #expect(try text(of: folder + "/verbs") == "activate\nverify\n")
      }
    }
  }

  @Test func `an unknown outcome of stage is settled by looking`() async throws {
    try await withFolder { folder in
      let target = try await target(
        folder,
        """
        echo "$1" >> verbs
        if [ "$1" = verify ]; then echo '{"status":"done","holds":"kid","kid":"app-key"}'; exit; fi
        exec sleep 3000
        """, timeout: .seconds(20))
      let trouble = await trouble { try await target.write(try Signer.pair(), replacing: nil) }
      #expect(trouble?.effectIsUnknown == true)
      guard case .kidOnly(KeyID("app-key")) = await target.read() else { return #expect(Bool(false), "not read") }
      #expect(try text(of: folder + "/verbs") == "stage\nverify\n")
    }
  }

  @Test func `an answer in our own protocol, with members that nobody knows, is taken`() async throws {
    try await withFolder { folder in
      let target = try await target(
        folder, #"echo '{"protocol":"keyturn-target/1","status":"done","grease":{"a":[1]}}'"#)
      try await target.write(try Signer.pair(), replacing: nil)
    }
  }

  @Test func `a program that describes itself in another version is refused by name`() async throws {
    try await withFolder { folder in
      let failure = await #expect(throws: Failure.self) {
        _ = try await target(folder, describe: #"{"protocol":"keyturn-target/9","status":"done"}"#, "")
      }
      #expect(failure?.summary.contains("answers in keyturn-target/9, and keyturn-target/1 was asked for") == true)
    }
  }

  @Test func `pending is waited for until verify names the kid`() async throws {
    try await withFolder { folder in
      let target = try await target(
        folder,
        """
        if [ "$1" = activate ]; then echo '{"status":"pending","retry_after_ms":500}'; exit; fi
        echo x >> looks
        [ "$(wc -l < looks)" -ge 3 ] && live=app-key || live=old
        echo "{\\"status\\":\\"done\\",\\"holds\\":\\"kid\\",\\"kid\\":\\"app-key\\",\\"live\\":\\"$live\\"}"
        """)
      try await target.deploy(Self.order)
      #expect(try text(of: folder + "/looks").count == 6)
      #expect(try await target.signingKid() == KeyID("app-key"))
    }
  }

  @Test func `a claim that means nothing, and a program that is not there, are told`() async throws {
    try await withFolder { folder in
      let strange = await #expect(throws: Failure.self) {
        _ = try await target(folder, describe: #"{"status":"done","capabilities":["teleports"]}"#, "")
      }
      #expect(strange?.code == .runbookInvalid)
      #expect(strange?.summary.contains("teleports") == true)
      let missing = await #expect(throws: Failure.self) {
        _ = try await ExecTarget.describe(
          Runbook.Exec(command: ["./nothing"]), folder: folder, environment: [:], withheld: [], clock: ManualClock())
      }
      #expect(missing?.code == .neighbourUnreachable)
    }
  }

  @Test func `what a program says is shown without keys`() async throws {
    try await withFolder { folder in
      let target = try await target(folder, "cat >&2; exit 9")
      let trouble = await trouble { try await target.write(try Signer.pair(), replacing: nil) }
      #expect(trouble?.detail.contains("exit code 9") == true)
      #expect(trouble?.detail.contains("MII") == false && trouble?.detail.contains("BEGIN") == false)
    }
  }
}
