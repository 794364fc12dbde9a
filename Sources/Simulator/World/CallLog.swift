package import Foundation
package import RotationCore

/// Tokens given and refused for one key.
package struct GrantCount: Sendable, Hashable, Codable {
  package var granted = 0
  package var refused = 0
  package init(granted: Int = 0, refused: Int = 0) {
    self.granted = granted
    self.refused = refused
  }
}

/// One call that reached the simulator.
package struct SimulatedCall: Sendable, Hashable, Codable {
  package var at: Date
  /// `token`, `keys-write`, … as in a fault plan; the app's own token requests are `call`.
  package var route: SimulatorRoute
  package var client: ClientID?
  package var kid: KeyID?
  package var status: Int
  /// The error's text without its trace id, where it was one.
  package var error: String?
  /// The token server that answered, from 0.
  package var node: Int?
}

/// What was asked, counted without end and kept for the last calls.
struct CallLog {
  /// Calls kept in full.
  static let capacity = 5_000

  private(set) var calls: [SimulatedCall] = []
  private(set) var total = 0
  /// Token requests by kid, whoever made them, and the app's alone.
  private(set) var counts: [KeyID: GrantCount] = [:]
  private(set) var appCounts: [KeyID: GrantCount] = [:]

  mutating func record(_ call: SimulatedCall) {
    total += 1
    if calls.count == 2 * Self.capacity { calls.removeFirst(Self.capacity) }
    calls.append(call)
    guard call.route == .token || call.route == .call, let kid = call.kid else { return }
    let outcome: WritableKeyPath<GrantCount, Int> = call.status == 200 ? \.granted : \.refused
    counts[kid, default: GrantCount()][keyPath: outcome] += 1
    if call.route == .call { appCounts[kid, default: GrantCount()][keyPath: outcome] += 1 }
  }

  var recent: [SimulatedCall] { calls.suffix(Self.capacity) }
}
