package import struct Foundation.Date

/// A place where a target may be tried out, and what can be seen and done there besides the target: nothing that is in
/// use. Tests have one for each kind of target; `keyturn target check` has one for a program that it knows nothing of.
package protocol ConformanceBench: Sendable {
  /// The three pairs to play with; their keys open nothing.
  var pairs: ConformancePairs { get }
  /// A target as a new process would make it, with nothing remembered. Its outside calls pass `gate`.
  func target(_ gate: any CallGate) async throws -> any DeploymentTarget
  /// The outgoing pair is set and live, whatever was there before.
  func reset() async throws
  /// The kid that what runs signs with, seen from outside; nil where that cannot be seen here.
  func running() async throws -> KeyID?
  /// How often something was brought up since `reset`; nil where that cannot be counted here.
  func versions() async throws -> Int?
  /// Somebody acts by hand. False: that cannot be done here.
  func act(_ act: ConformanceAct) async throws -> Bool
  /// Sets the foreign pair at once, from within a call of the target; nil where that cannot be done here.
  var intrude: (@Sendable () throws -> Void)? { get }
}

extension ConformanceBench {
  package var intrude: (@Sendable () throws -> Void)? { nil }
}

/// What somebody may do at a bench besides the target.
package enum ConformanceAct: String, Sendable, Hashable, CaseIterable {
  /// Sets the foreign pair, past the target.
  case setForeign
  /// Takes one half of the pair away, or sets it alone.
  case halve
  /// The next version that is brought up will not work.
  case breakNextVersion
  /// What takes the pair keeps one half of the next one, and not the other.
  case splitNextWrite
  /// What is under way comes to its end, and what was sent and got no answer arrives, if it can.
  case landLate
}

/// A pair that may be held and handed out again, since `SigningPair` can be copied only on purpose.
package final class HeldPair: Sendable {
  private let pair: SigningPair
  package init(_ pair: consuming SigningPair) { self.pair = pair }
  package var kid: KeyID { pair.kid }
  package func copy() -> SigningPair { SigningPair(kid: pair.kid, privateKey: pair.privateKey.copy()) }

  /// The same kid and, byte for byte, the same key.
  package func isSame(as other: borrowing SigningPair) -> Bool {
    guard other.kid == pair.kid else { return false }
    return pair.privateKey.withBytes { mine in other.privateKey.withBytes { mine.elementsEqual($0) } }
  }
}

package struct ConformancePairs: Sendable {
  package let outgoing: HeldPair
  package let incoming: HeldPair
  package let foreign: HeldPair

  package init(outgoing: HeldPair, incoming: HeldPair, foreign: HeldPair) {
    self.outgoing = outgoing
    self.incoming = incoming
    self.foreign = foreign
  }

  /// Made a moment ago by `keys`; kept nowhere. Throws as `keys` does.
  package init(made keys: any KeyStore, at now: Date) throws {
    func pair(_ name: String) throws -> HeldPair {
      let key = try keys.generate(bits: 2048, algorithm: .RS256, at: now) {
        KeyID("check-\(name)-\($0.rawValue.prefix(12))")
      }
      defer { keys.forget(key.kid) }
      return HeldPair(try keys.pair(from: key))
    }
    try self.init(outgoing: pair("outgoing"), incoming: pair("incoming"), foreign: pair("foreign"))
  }
}
