import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct StoredWindowTests {
  private func window(_ text: String) -> MaintenanceWindow? {
    StoredWindow.of(StoredRunbook(digest: "sha256:x", bytes: Data(text.utf8), folder: "/", path: "x.yaml"))
  }

  private let expected = MaintenanceWindow(
    days: [.tue, .wed], from: 20 * 60, until: 23 * 60, timeZone: "Europe/Oslo")

  @Test func `a window is told whatever the rest of the runbook needs`() {
    let flow = #"window: { days: [tue, wed], from: "20:00", until: "23:00", time_zone: Europe/Oslo }  # nightly"#
    #expect(window("name: ${UNSET}\n\(flow)\napprovals: {}\n") == expected)
    let block = "name: x\n\"window\" :\n  days: [tue, wed]\n# a note\n\n  from: \"20:00\"\n  until: \"23:00\"\n"
    #expect(window(block + "  time_zone: Europe/Oslo\nkey: { bits: 2048 }\n") == expected)
    #expect(window(block + "  time_zone: Europe/Oslo") == expected)
  }

  @Test func `no window, or one that names a variable, is none`() {
    #expect(window("name: x\n") == nil)
    #expect(window("windows: 3\n") == nil)
    #expect(window(#"window: { days: [tue], from: "${FROM}", until: "23:00", time_zone: Europe/Oslo }"#) == nil)
  }
}
