import Foundation
import RotationCore
import Testing

@Suite struct TimeTests {
  @Test(arguments: [
    0, -1, 951_782_399, 951_782_400, 951_868_799, 951_868_800, 1_795_374_251, 4_107_542_399, 4_107_542_400,
    -2_203_891_200, 253_402_300_799,
  ])
  func `times are written as Foundation writes them`(seconds: Int) {
    for fraction in [0, 0.25, 0.999] {
      let time = Date(timeIntervalSince1970: Double(seconds) + fraction)
      #expect(time.iso8601 == time.formatted(.iso8601))
    }
  }
}
