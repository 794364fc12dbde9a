import Foundation
import Primitives
import RotationCore
import Testing

@testable import ControlServer

@Suite struct PageTests {
  @Test func `what a runbook or an operator wrote is text, never markup`() {
    let nasty = #"</td><script>alert("1")</script>'&"#
    let door = Door(Sample.settings(LedgerView([Sample.rotation(runbook: nasty)])))
    let page = door.answer(.get("/"))
    #expect(page.status == 200)
    #expect(!page.text.contains("<script"))
    #expect(!page.text.contains("<img"))
    #expect(page.text.contains("&lt;/td&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"))
  }

  @Test func `a page's policy names its one style sheet and lets in nothing else`() throws {
    let page = Door(Sample.settings()).answer(.get("/"))
    let style = try #require(page.text.firstMatch(of: /<style>((?s).*)<\/style>/)).1
    let hash = Base64.encode(SHA256Digest(of: Data(style.utf8)).bytes)
    #expect(
      page.header("Content-Security-Policy")
        == "default-src 'none'; style-src 'sha256-\(hash)'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
    #expect(page.text.components(separatedBy: "<style").count == 2)
    #expect(!page.text.contains("style="))
  }

  @Test func `the dashboard tells where a rotation stands, what came before and until when its keys live`() {
    let text = Door(Sample.settings()).answer(.get("/")).text
    for word in [
      Sample.id, "sample: proven", "propagationElapsed", "Safe to walk away: yes", "2026-11-19T11:06:40Z",
      "7 entries, 5 under the checkpoint", "the portal does not say when key other expires",
    ] { #expect(text.contains(word), "\(word)") }
    let empty = Door(Sample.settings(LedgerView([]))).answer(.get("/"))
    #expect(empty.status == 200)
    #expect(empty.text.contains("The portal's keys were not seen yet"))
  }
}
