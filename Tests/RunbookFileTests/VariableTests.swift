import Foundation
import RotationCore
import RunbookFile
import Testing

/// `${NAME}`: resolved from what is given, and never told.
@Suite struct VariableTests {
  @Test func `a variable that is not set or empty is a finding at its place`() {
    let text = RunbookSample.minimal.replacing("client_id: client", with: "client_id: \"${A}-${B}-${A}\"")
      .replacing("scopes: [a:b]", with: "scopes: [\"x${B}\"]")
    #expect(
      RunbookSample.findings(text, variables: ["B": ""]) == [
        "4:14: `maskinporten.client_id` needs the environment variable A, which is not set",
        "4:14: `maskinporten.client_id` needs the environment variable B, which is empty",
        "5:12: `maskinporten.scopes[0]` needs the environment variable B, which is empty",
      ])
    #expect(RunbookSample.findings(text, variables: ["A": "a", "B": "b"]).isEmpty)
  }

  @Test(arguments: ["${", "${}", "${1A}", "${A-B}", "${A:-x}", "${ A }", "x${A", "${A${B}}", "${Å}"])
  func `a brace without a name is refused`(written: String) {
    let text = RunbookSample.minimal.replacing("client_id: client", with: "client_id: \"\(written)\"")
    #expect(
      RunbookSample.findings(text, variables: ["A": "a", "B": "b"]) == [
        "4:14: `maskinporten.client_id` holds a `${` that is not followed by a variable's name and `}`"
      ])
  }

  @Test(arguments: [("$A", "$A"), ("$$", "$$"), ("$${A}", "$a"), ("${A}${_b2}", "ab"), ("{A}$", "{A}$")])
  func `only a dollar with a brace is a variable`(written: String, expected: String) throws {
    let text = RunbookSample.minimal.replacing("client_id: client", with: "client_id: \"\(written)\"")
    let decoded = try RunbookSample.decode(text, variables: ["A": "a", "_b2": "b"])
    #expect(decoded.runbook.maskinporten.clientID == ClientID(expected))
  }

  @Test func `a value is taken as it is`() throws {
    let text =
      RunbookSample.minimal + "key: { kid: \"${K}-{thumbprint}\" }\nwindow: { days: [\"${D}\"], from: \"${F}\", "
      + "until: \"21:00\", time_zone: \"${Z}\" }\nverification: { budget: \"${T}\" }\non_failure: ${O}\n"
    let runbook = try RunbookSample.decode(
      text, variables: ["K": "k", "D": "fri", "F": "20:00", "Z": "Europe/Oslo", "T": "7m", "O": "rollback"]
    ).runbook
    #expect(runbook.key.kidPattern == "k-{thumbprint}")
    #expect(runbook.window?.days == [.fri])
    #expect(runbook.verification.budget == .seconds(420))
    #expect(runbook.onFailure == .rollback)
    #expect(runbook.variablesNamed == ["K", "D", "F", "Z", "T", "O"])
    #expect(
      RunbookSample.findings(text, variables: ["K": "${O}", "D": "x", "F": "x", "Z": "x", "T": "x", "O": "x"]).count
        == 6)
  }

  @Test func `names in comments and keys are none`() throws {
    let text = "# ${NOT_SET}\n" + RunbookSample.minimal
    #expect(try RunbookSample.runbook(text).variablesNamed.isEmpty)
  }

  @Test(arguments: [
    ("  - { kind: vercel, token: abc, project: p }\n", "11:28: `targets[1].token`"),
    (
      "  - { kind: vercel, token: \"${TOKEN}\", project: p, protection_bypass: abc }\n",
      "11:71: `targets[1].protection_bypass`"
    ),
    ("verification: { readiness_secret: abc }\n", "11:35: `verification.readiness_secret`"),
    ("notify: [{ kind: webhook, url: \"${HOOK_URL}\", secret: abc }]\n", "11:55: `notify[0].secret`"),
  ])
  func `a secret written in the runbook is refused`(tail: String, expected: String) {
    let claim = "is a secret and must not stand in the runbook; name an environment variable as ${NAME}"
    #expect(RunbookSample.findings(RunbookSample.minimal + tail) == ["\(expected) \(claim)"])
  }

  @Test func `an admin key in the runbook is refused even in a custom environment`() {
    let text = RunbookSample.complete.replacing("admin_key: ${ADMIN_KEY}", with: "admin_key: abc")
      .replacing("token: ${TOKEN}", with: "token: abc")
    #expect(
      RunbookSample.findings(text) == [
        "20:14: `portal.admin_key` is a secret and must not stand in the runbook; "
          + "name an environment variable as ${NAME}"
      ])
  }

  @Test func `no finding, warning or description ever holds a value of the environment`() throws {
    // One value after the other becomes a variable's, and is wrong in nearly every place.
    let lines = RunbookSample.complete.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let variables = RunbookSample.variables.merging(["MARKER": "s3cret/ \u{1}\nx"]) { _, last in last }
    for (index, line) in lines.enumerated() {
      guard let colon = line.firstRange(of: ": ") else { continue }
      var edited = lines
      edited[index] = line[..<colon.upperBound] + "\"${MARKER}\""
      do throws(RunbookRejected) {
        let warnings = try RunbookSample.decode(edited.joined(separator: "\n"), variables: variables).warnings
        #expect(!warnings.contains { $0.message.contains("s3cret") }, "\(line)")
      } catch {
        #expect(!error.findings.contains { $0.message.contains("s3cret") }, "\(line)")
      }
    }
    #expect(!String(describing: try RunbookSample.runbook(RunbookSample.complete)).contains("s3cret"))
  }

  @Test func `a variable in a target's settings is part of what a rotation is bound to`() throws {
    let text = RunbookSample.minimal + "  - { kind: exec, command: [x], settings: { deep: [\"${FOLDER}\"] } }\n"
    let bindings = try ["/a", "/a", "/b"].map { folder in
      let variables = RunbookSample.variables.merging(["FOLDER": folder]) { _, last in last }
      let runbook = try RunbookSample.decode(text, variables: variables).runbook
      return runbook.binding { String(decoding: $0, as: UTF8.self) }
    }
    #expect(bindings[0] == bindings[1])
    #expect(bindings[0].filter { bindings[2][$0.key] != $0.value }.map(\.key) == ["target 2"])
  }

  @Test func `values written in the file are not repeated either`() {
    let text = RunbookSample.complete.replacing("bits: 4096", with: "bits: s3cret-1")
      .replacing("type: encrypted", with: "type: s3cret-2").replacing(
        "time_zone: Europe/Oslo", with: "time_zone: s3cret-3"
      )
      .replacing("kid: \"app.", with: "kid: \"{s3cret-4}")
    let findings = RunbookSample.findings(text)
    #expect(findings.count == 4)
    #expect(!findings.contains { $0.contains("s3cret") }, "\(findings)")
  }
}
