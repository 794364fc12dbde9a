import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

/// The evidence page: whole, escaped, and without anything to load.
@Suite struct EvidencePageTests {
  private static let attack =
    #"</td><script>alert(1)</script><img src=x onerror='x'> & "q" [a](http://evil) `b`"#
    + "\u{1B}[31m\u{202E}"

  /// A rotation whose every free text is hostile.
  private func pack() -> EvidencePack {
    var rotation = Sample.proven(outgoing: Sample.key("<old>"))
    rotation.approvals = [
      Approval(
        step: .swap, by: Self.attack, at: Sample.now, reason: Self.attack, planDigest: rotation.planDigest, solo: true)
    ]
    rotation.rollback = RollbackRecord(
      openedAt: Sample.now, by: Self.attack, reason: Self.attack, from: .proven, acceptTainted: false)
    rotation.lastRefusal[KeyID("<old>")] = TokenRefusal(
      kid: KeyID("<old>"), at: Sample.now, reason: .unknownKid, status: 400, text: Self.attack, mpCode: "MP-1",
      traceID: Self.attack)
    rotation.lastSeen.clockAhead = -1.25
    func entry(_ phase: Phase, _ event: String, _ details: [String: JSONValue]) -> Data {
      LogEntry(
        at: Sample.now, operator: Self.attack, rotation: rotation.id, phase: phase, event: event,
        kid: KeyID(Self.attack), details: details
      ).bytes
    }
    let hostile = JSONValue.string(Self.attack)
    let leaves = [
      entry(
        .planned, "opened",
        [
          "portal": [hostile], "version": hostile,
          "verdicts": [["guard": hostile, "holds": true, "reason": hostile]],
        ]),
      entry(.planned, "waiting", ["reason": hostile]), entry(.planned, "refused", ["reason": hostile]),
      entry(
        .published, "outcome",
        ["step": "publishKey", "portal_before": [hostile], "portal_after": [hostile], "targets": ["<t>": hostile]]),
    ]
    let seal = EvidencePack.Seal(size: 4, root: "root", note: Self.attack, key: Self.attack)
    return EvidencePack(
      rotation, entries: leaves.enumerated().map { StoredEntry(index: $0.offset, bytes: $0.element) }, seal: seal,
      sealed: [], version: Self.attack)
  }

  @Test func `every text on the page is escaped`() throws {
    let page = pack().html
    for raw in ["<script", "<img", "onerror='", "<old>", "<t>", "\u{1B}", "\u{202E}"] {
      #expect(!page.contains(raw), "\(raw)")
    }
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(page.contains("&lt;img src=x onerror=&#39;x&#39;&gt; &amp; &quot;q&quot;"))
  }

  @Test func `the page loads nothing, and forbids it`() throws {
    let page = pack().html
    #expect(page.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
    #expect(page.contains("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\""))
    for resource in [" src=", " href=", "url(", "@import", "<link", "<script", "<iframe", "<object", "xlink"] {
      #expect(
        !page.replacing("http-equiv", with: "").contains(resource) || Self.attack.contains(resource), "\(resource)")
    }
    #expect(page.contains("@media print"))
  }

  @Test func `every element that is opened is closed in its turn`() throws {
    var open: [Substring] = []
    for tag in pack().html.matches(of: #/<(\/?)([a-z0-9]+)[^>]*>/#) {
      if tag.output.2 == "meta" { continue }
      if tag.output.1.isEmpty { open.append(tag.output.2) } else { #expect(open.popLast() == tag.output.2) }
    }
    #expect(open.isEmpty)
  }

  @Test func `hostile text leaves neither the terminal's line nor its Markdown cell`() throws {
    let text = pack().text(Console(streams: Transcript().streams()))
    #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
    let markdown = pack().markdown.replacing(Self.attack, with: "")
    #expect(!markdown.contains("<script"))
    #expect(markdown.contains("\\[a\\](http://evil) \\`b\\`"))
  }

  @Test func `a finished rotation is on one page, with its picture and its place in the log`() async throws {
    let state = try await RotatedState()
    let id = state.rotation.id.rawValue
    let page = await state("show", id, "--format", "html")
    #expect(page.status == 0)
    let note = try String(contentsOfFile: state.stage.statePath + "/log/checkpoint", encoding: .utf8)
    let vkey = await state("audit", "key").out.trimmingCharacters(in: .newlines)
    for word in [
      id, "<svg ", "Portal", "Proofs", "Deployments", "Waits", "retireKey", "trace id", vkey,
      "Maskinporten&#39;s at the opening",
      state.rotation.runbookDigest, state.rotation.planDigest, "written by keyturn \(Program.version)",
    ] { #expect(page.out.contains(word), "\(word)") }
    for line in note.split(separator: "\n") { #expect(page.out.contains(line)) }
    for phase in ["planned", "generated", "published", "proven", "swapped", "deployed", "verified", "retired"] {
      #expect(page.out.contains(">\(phase)</text>"))
    }
    #expect(!page.out.contains("PRIVATE KEY"))

    let pack = try await state.json("show", id)
    #expect(pack["log"]?["checkpoint"]?["note"]?.string == note)
    #expect(pack["log"]?["beyond_checkpoint"] == 0)
    #expect(pack["versions"]?["written_by"] == [.string(Program.version)])
    #expect(pack["deployments"]?.array?.compactMap { $0["step"]?.string } == ["swapEnvironment", "deployIncoming"])
    let steps = Set(pack["verdicts"]?.array?.compactMap { $0["step"]?.string } ?? [])
    #expect(steps.count == 9)
    await state.stage.close()
  }
}
