import Foundation
import RunbookFile
import Testing

/// The list of keys is the table that decodes.
@Suite struct RunbookMembersTests {
  @Test func `the list has the contract's keys`() {
    let all = RunbookMembers.all
    for path in [
      "name", "on_failure", "maskinporten.self_service_api", "key.min_age", "portal.admin_scopes",
      "targets[dotenv].path",
      "targets[vercel].hook_url", "targets[exec].settings", "targets[].variables.private_key",
      "verification.readiness_secret",
      "timing.expiry_warning", "timing.settle", "window.time_zone", "approvals.retire", "notify[].secret",
    ] { #expect(all.contains(path), "\(path)") }
    #expect(Set(all).count == all.count)
  }

  @Test func `the complete sample uses every key in it`() {
    let written = RunbookSample.complete
    for path in RunbookMembers.all {
      let key = path.split(separator: ".").last ?? ""
      #expect(written.contains("\(key):"), "\(path)")
    }
  }

  @Test func `a wrong value under any listed key is refused, so each is read`() {
    // Each key of the complete sample, one at a time, gets a value that no member takes.
    let lines = RunbookSample.complete.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (index, line) in lines.enumerated() {
      guard let match = line.firstMatch(of: /^( *(?:- )?)([a-z_]+): (.+)$/), match.2 != "settings" else { continue }
      var broken = lines
      broken[index] = "\(match.1)\(match.2): { \"\": { \"\": x } }"
      #expect(!RunbookSample.findings(broken.joined(separator: "\n")).isEmpty, "\(line)")
    }
  }
}
