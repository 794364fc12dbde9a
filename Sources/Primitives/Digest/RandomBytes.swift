package import Foundation

package enum RandomBytes {
  /// `count` bytes from the operating system's generator (getrandom, arc4random), fit for nonces, ids and tokens.
  package static func make(_ count: Int) -> Data {
    var generator = SystemRandomNumberGenerator()
    return Data((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }
}
