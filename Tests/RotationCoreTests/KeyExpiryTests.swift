import Foundation
import RotationCore
import Testing

@Suite struct KeyExpiryTests {
  /// Sunday.
  private static let now = Date(timeIntervalSince1970: 1_795_348_800)
  private static let timing = Runbook.Timing(propagation: .seconds(300), overlap: .seconds(86_400))
  private static let verification = Runbook.Verification(successes: 3, interval: .seconds(10), budget: .seconds(600))

  private static func expiry(days: Double?, window: MaintenanceWindow? = nil) -> KeyExpiry {
    var members: [String: JSONValue] = ["kid": "k"]
    members["exp"] = days.map { .integer(Int64(now.timeIntervalSince1970 + $0 * 86_400)) }
    return KeyExpiry(
      of: PortalKey(members: members), timing: timing, verification: verification, window: window, at: now)
  }

  @Test func `the latest safe start leaves room for propagation, proof, verification and overlap`() {
    let expiry = Self.expiry(days: 100)
    #expect(expiry.daysLeft == 100 && expiry.standing == .far && expiry.finding == nil)
    let room = 86_400 + 600 + 300 + 20
    #expect(expiry.latestSafeStart == Self.now + .seconds(8_640_000 - room))
  }

  @Test func `a window moves the latest start back to where it is still open`() throws {
    let window = MaintenanceWindow(days: [.wed], from: 20 * 60, until: 23 * 60, timeZone: "UTC")
    let start = try #require(Self.expiry(days: 100, window: window).latestSafeStart)
    let swap = start + .seconds(320)
    #expect(window.current(at: swap)?.contains(swap) == true)
    #expect(window.current(at: swap)?.end == swap + Self.verification.budget)
    #expect(swap <= Self.now + .seconds(99 * 86_400 - 600))
    #expect(swap > Self.now + .seconds(91 * 86_400))
  }

  @Test(arguments: [(29.5, KeyExpiry.Standing.near), (30.5, .far), (-0.5, .expired), (0, .expired)])
  func `the warning time decides`(days: Double, standing: KeyExpiry.Standing) {
    let expiry = Self.expiry(days: days)
    #expect(expiry.standing == standing)
    #expect((expiry.finding == nil) == (standing == .far))
  }

  @Test func `an unknown expiry is a finding`() {
    let expiry = Self.expiry(days: nil)
    #expect(expiry.standing == .unknown && expiry.daysLeft == nil && expiry.latestSafeStart == nil)
    #expect(expiry.finding?.contains("does not say") == true)
  }
}
