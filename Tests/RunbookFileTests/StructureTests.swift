import Foundation
import RotationCore
import RunbookFile
import Testing

/// What no runbook may hold anywhere.
@Suite struct StructureTests {
  @Test(arguments: [
    ("key:\n", "11:1: `key` is null; give a value, or leave the key out"),
    ("key: ~\n", "11:6: `key` is null; give a value, or leave the key out"),
    ("key: { bits: null }\n", "11:14: `key.bits` is null; give a value, or leave the key out"),
    ("key: { bits: }\n", "11:8: `key.bits` is null; give a value, or leave the key out"),
    ("notify: [NULL]\n", "11:10: `notify[0]` is null; give a value, or leave the key out"),
    ("notify:\n  -\n", "12:4: `notify[0]` is null; give a value, or leave the key out"),
  ])
  func `null is refused where it stands`(tail: String, expected: String) {
    #expect(RunbookSample.findings(RunbookSample.minimal + tail) == [expected])
  }

  @Test func `null inside free settings is refused too`() {
    let text = RunbookSample.minimal + "  - { kind: exec, command: [x], settings: { a: [1, null], \"b c\": ~ } }\n"
    #expect(
      RunbookSample.findings(text) == [
        "11:52: `targets[1].settings.a[1]` is null; give a value, or leave the key out",
        "11:66: `targets[1].settings.?` is null; give a value, or leave the key out",
      ])
  }

  @Test(arguments: [
    ("kye: {}\n", "11:1: unknown key `kye`; did you mean `key`?"),
    ("onFailure: hold\n", "11:1: unknown key `onFailure`; did you mean `on_failure`?"),
    ("key: { min-age: 1h }\n", "11:8: unknown key `min-age` in `key`; did you mean `min_age`?"),
    ("timing:\n  propogation: 5m\n", "12:3: unknown key `propogation` in `timing`; did you mean `propagation`?"),
    ("overlap: 24h\n", "11:1: unknown key `overlap`; it belongs in `timing`"),
    ("key: { emergency: true }\n", "11:8: unknown key `emergency` in `key`; it belongs to the runbook itself"),
    (
      "window: { \"\\e[31m\": 1, days: [mon], from: \"20:00\", until: \"21:00\", time_zone: UTC }\n",
      "11:11: unknown key in `window`"
    ),
    ("approvals: { steps: 1 }\n", "11:14: unknown key `steps` in `approvals`; known here: swap, retire"),
    ("<<: { a: 1 }\n", "11:1: unknown key"),
    ("3: x\n", "11:1: unknown key `3`"),
  ])
  func `an unknown key is named with the one that was meant`(tail: String, expected: String) {
    let findings = RunbookSample.findings(RunbookSample.minimal + tail)
    #expect(findings.count == 1)
    #expect(findings.first?.hasPrefix(expected) == true, "\(findings)")
  }

  @Test(arguments: [
    ("name: again\n", "1:1: the key `name` stands twice in this mapping, first at 1:1 and again at 11:1"),
    (
      "key:\n  bits: 2048\n  use: x\n  kid: a\n  use: y\n",
      "12:3: the key `use` stands twice in this mapping, first at 13:3 and again at 15:3"
    ),
    ("key: { bits: 2048, kid: a, 'kid': b }\n", "11:6: the key `kid` stands twice in this mapping, first at 11:20"),
    (
      "targets: []\nnotify: []\nnotify: []\nbad: ~\n",
      "1:1: the key `notify` stands twice in this mapping, first at 12:1 and again at 13:1"
    ),
    (
      "  - kind: exec\n    timeout: 1s\n    timeout: 2s\n",
      "11:5: the key `timeout` stands twice in this mapping, first at 12:5 and again at 13:5"
    ),
    ("\"\\u0001\": 1\n\"\\u0001\": 2\n", "1:1: a key stands twice in this mapping, first at 11:1 and again at 12:1"),
  ])
  func `duplicate keys are reported alone at their mapping`(tail: String, expected: String) {
    let findings = RunbookSample.findings(RunbookSample.minimal + tail)
    #expect(findings == [expected])
  }

  @Test(arguments: [
    (
      "key: [1, 2\n",
      "12:1: not valid YAML: while parsing a flow sequence (begun at 11:6): did not find expected ',' or ']'"
    ),
    (
      "name2: \"x\n",
      "12:1: not valid YAML: while scanning a quoted scalar (begun at 11:8): found unexpected end of stream"
    ),
    (
      "\tkey: 1\n",
      "11:1: not valid YAML: while scanning a plain scalar (begun at 10:11): "
        + "found a tab character that violates indentation"
    ),
    ("---\nname: b\n", "11:1: a runbook is one YAML document; another one begins here"),
    ("...\nname: b\n", "12:1: not valid YAML: did not find expected <document start>"),
    ("key: *gone\n", "11:6: anchors and aliases are not part of a runbook; write the values out"),
  ])
  func `what the parser cannot read is one finding at its place`(tail: String, expected: String) {
    #expect(RunbookSample.findings(RunbookSample.minimal + tail) == [expected])
  }

  @Test func `a second document is refused though the first is good`() {
    let text = RunbookSample.minimal + "---\n" + RunbookSample.minimal
    #expect(RunbookSample.findings(text) == ["11:1: a runbook is one YAML document; another one begins here"])
  }

  @Test(arguments: [
    ("", "1:1: the runbook is empty"), ("# nothing\n", "1:1: the runbook is empty"),
    ("---\n", "1:1: the runbook is empty"), ("a", "1:1: the runbook must be a mapping"),
    ("- a\n- b\n", "1:1: the runbook must be a mapping"),
    ("a: 1\na: 2", "1:1: the key `a` stands twice in this mapping, first at 1:1 and again at 2:1"),
  ])
  func `a file that is no mapping is refused`(text: String, expected: String) {
    #expect(RunbookSample.findings(text) == [expected])
  }

  @Test func `anchors and aliases are refused where the anchor stands`() {
    let message = "anchors and aliases are not part of a runbook; write the values out"
    #expect(
      RunbookSample.findings(RunbookSample.minimal + "timing: &t { overlap: 1s }\nkey: *t\n") == ["11:9: \(message)"])
    #expect(RunbookSample.findings(RunbookSample.minimal + "&k name2: x\n") == ["11:1: \(message)"])
  }

  @Test func `a thousand million laughs end at once`() {
    var text = "a0: &a0 [x, x]\n"
    for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    text += "? *a60\n: 1\n"
    #expect(
      RunbookSample.findings(text) == ["2:10: anchors and aliases are not part of a runbook; write the values out"])
    #expect(RunbookSample.findings(String(repeating: "? ", count: 900)) == ["1:1: a key must be plain text"])
  }

  @Test func `stars and question marks in prose are no aliases`() throws {
    let prose = String(repeating: "# *never* do that; and why ? since R&D says so\n", count: 8)
    #expect(try RunbookSample.runbook(prose + RunbookSample.minimal).name == "sample")
  }

  @Test(arguments: ["!secret x", "!!binary aGVp", "!!int \"3\"", "!<tag:a,2000:b> [1]"])
  func `tags are refused`(value: String) {
    let findings = RunbookSample.findings(
      "name: \(value)\n" + RunbookSample.minimal.replacing("name: sample\n", with: ""))
    #expect(findings == ["1:7: `name` has a tag; tags (`!name`) are not part of a runbook"])
  }

  @Test func `a key that is no text is refused`() {
    #expect(RunbookSample.findings(RunbookSample.minimal + "[a, b]: c\n") == ["11:1: a key must be plain text"])
    #expect(RunbookSample.findings(RunbookSample.minimal + "? {a: b}\n: c\n") == ["11:3: a key must be plain text"])
  }

  @Test(arguments: [40, 900, 100_000])
  func `deep nesting is refused and not followed`(depth: Int) {
    let findings = RunbookSample.findings(
      "x: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    #expect(findings.contains { $0.contains("nested deeper than 32 levels") || $0.contains("nesting level reached") })
  }

  @Test func `bytes that are no UTF-8 are found where they stand`() {
    var bytes = Data("name: s\u{F8}t\nscopes: ".utf8)
    bytes.append(contentsOf: [0xC3, 0x28, 0x0A])
    #expect(RunbookSample.findings(bytes) == ["2:9: the file is not UTF-8 from here on"])
    #expect(RunbookSample.findings(Data([0xFF, 0xFE, 0x61, 0x00])) == ["1:1: the file is not UTF-8 from here on"])
  }

  @Test func `control characters are found where they stand`() {
    #expect(RunbookSample.findings("name: a\nkey: \u{0}\n") == ["2:6: a control character cannot stand here"])
    #expect(RunbookSample.findings("name: \u{1B}[31m\n") == ["1:7: a control character cannot stand here"])
  }

  @Test func `a file over one MiB is refused unread`() {
    let bytes = Data(repeating: UInt8(ascii: "#"), count: 1 << 20)
    #expect(RunbookSample.findings(bytes) == ["1:1: the runbook is empty"])
    #expect(RunbookSample.findings(bytes + Data("#".utf8)) == ["1:1: the file has more than 1 MiB"])
  }

  @Test func `a file with thousands of values is refused`() {
    let text = "scopes: [" + String(repeating: "a, ", count: 5_000) + "]\n"
    #expect(RunbookSample.findings(text) == ["1:1: the runbook has more than 5000 keys and values"])
  }
}
