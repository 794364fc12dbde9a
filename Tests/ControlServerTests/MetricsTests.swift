import Foundation
import RotationCore
import Testing

@testable import ControlServer

@Suite struct MetricsTests {
  private func scrape(_ view: LedgerView = LedgerView(), readiness: Readiness = .ready) -> [String] {
    Door(Sample.settings(view, readiness: readiness)).answer(.get("/metrics")).text
      .split(separator: "\n").map(String.init)
  }

  private let client = #"issuer="https://test.maskinporten.no/",client_id="client\"\n\\""#

  @Test func `phase, waiting, guards, keys and log are told, labels escaped`() {
    let lines = scrape()
    for line in [
      #"keyturn_build_info{version="0.1.0"} 1.0"#, #"keyturn_readiness{status="ready"} 1.0"#,
      "keyturn_state_readable 1.0", #"keyturn_rotations{phase="proven"} 1.0"#, "keyturn_log_entries 7.0",
      "keyturn_log_signed_entries 5.0", "keyturn_rotation_phase{\(client),phase=\"proven\"} 1.0",
      "keyturn_rotation_phase{\(client),phase=\"swapped\"} 0.0",
      "keyturn_rotation_phase_since_timestamp_seconds{\(client)} 1795000000.0",
      "keyturn_rotation_waiting{\(client),on=\"time\"} 1.0",
      "keyturn_rotation_waiting_until_timestamp_seconds{\(client)} 1795000060.0",
      "keyturn_rotation_guard{\(client),guard=\"propagationElapsed\"} 0.0",
      "keyturn_portal_key_not_after_timestamp_seconds{\(client),kid=\"old\"} 1795086400.0",
      "keyturn_portal_key_expiry_known{\(client),kid=\"other\"} 0.0",
    ] { #expect(lines.contains(line), "\(line)") }
  }

  @Test func `every family has its help, its type and at least one sample`() {
    var described: Set<Substring> = []
    var sampled: Set<Substring> = []
    for line in scrape() {
      if line.hasPrefix("# HELP ") { #expect(line.split(separator: " ").count > 3) }
      if line.hasPrefix("# TYPE ") { described.insert(line.split(separator: " ")[2]) }
      if !line.hasPrefix("#") { sampled.insert(line.prefix { $0 != "{" && $0 != " " }) }
    }
    #expect(described == sampled)
    #expect(described.count > 15)
  }

  @Test func `requests are counted by route and status, and by no path of a caller`() {
    let door = Door(Sample.settings())
    for path in ["/healthz", "/healthz", "/api/v1/rotations/R-1", "/secret-path", "/metrics"] {
      _ = door.answer(.get(path))
    }
    let text = door.answer(.get("/metrics")).text
    #expect(text.contains(#"keyturn_http_requests_total{route="/healthz",code="200"} 2.0"#))
    #expect(text.contains(#"keyturn_http_requests_total{route="/api/v1/rotations/{id}",code="404"} 1.0"#))
    #expect(text.contains(#"keyturn_http_requests_total{route="",code="404"} 1.0"#))
    #expect(!text.contains("secret-path"))
  }

  @Test func `an environment that is not ready shows`() {
    let lines = scrape(readiness: .notReady([LiveFinding(.kid, .missing)]))
    #expect(lines.contains(#"keyturn_readiness{status="not_ready"} 1.0"#))
  }
}
