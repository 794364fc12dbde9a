import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import Neighbours

@Suite struct ExecTargetTests {
  private static let order = TargetOrder(rotation: RotationID(rawValue: "R-20261122-TEST"), kid: KeyID("app-key"))

  /// A program in sh: `describe` answers as given, every other verb runs `body`.
  private func target(
    _ folder: String,
    describe: String = #"{"status":"done","name":"x","capabilities":["deploys"],"reports_live":true}"#,
    timeout: Duration = .seconds(30), _ body: String
  ) async throws -> ExecTarget {
    let text = "#!/bin/sh\nif [ \"$1\" = describe ]; then echo '\(describe)'; exit 0; fi\n\(body)\n"
    try put(text, folder + "/target", mode: 0o700)
    return try await ExecTarget.describe(
      Runbook.Exec(command: ["./target"], timeout: timeout, settings: ["place": "here"]), folder: folder,
      environment: ["PATH": "/usr/bin:/bin", "KEYTURN_PASSPHRASE": "p", "TOKEN": "t", "KEEP": "k"], withheld: ["TOKEN"],
      clock: ManualClock())
  }

  private func trouble(_ body: () async throws -> Void) async -> NeighbourTrouble? {
    do {
      try await body()
      return nil
    } catch { return error as? NeighbourTrouble }
  }

  @Test func `secrets go over standard input and nowhere else`() async throws {
    try await withFolder { folder in
      let target = try await target(
        folder,
        """
        cat > in; tr '\\0' ' ' < /proc/$$/cmdline > argv; env > environment; echo '{"status":"done"}'
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
      for file in ["/argv", "/environment"] { #expect(try !text(of: folder + file).contains("PRIVATE KEY")) }
      let environment = try text(of: folder + "/environment")
      #expect(environment.contains("KEEP=k") && !environment.contains("TOKEN") && !environment.contains("KEYTURN"))
    }
  }

  @Test(arguments: [
    ("exit 75", NeighbourTrouble.Kind.unreachable), ("exit 77", .rejected), ("exit 64", .rejected),
    ("exit 3", .unanswered), ("kill -9 $$", .unanswered), ("echo nonsense", .unanswered),
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
        folder, timeout: .seconds(5),
        """
        if [ "$1" = verify ]; then echo '{"status":"done","holds":"kid","kid":"app-key","live":"app-key"}'; exit; fi
        sleep 3000
        """)
      try await target.deploy(Self.order)
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
