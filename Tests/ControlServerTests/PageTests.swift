import Foundation
import HTTPTypes
import Primitives
import RotationCore
import Testing

@testable import ControlServer

@Suite struct PageTests {
  @Test func `a page's policy names its one style sheet and lets in nothing else`() throws {
    let page = Door(Sample.settings()).answer(.get("/"))
    let hash = Base64.encode(SHA256Digest(of: Data("a {}".utf8)).bytes)
    #expect(
      page.header("Content-Security-Policy")
        == "default-src 'none'; style-src 'sha256-\(hash)'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
  }

  @Test func `the login page repeats nothing of what was sent`() {
    var request = DoorRequest.login("secret=%3Cscript%3E")
    request.fields[.accept] = "text/html"
    let page = Door(Sample.settings()).answer(request)
    #expect(page.status == 401)
    #expect(page.text.contains("That is not the secret."))
    #expect(!page.text.contains("script"))
  }
}
