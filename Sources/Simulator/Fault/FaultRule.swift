package import RotationCore

/// A fault, and the calls that it strikes. A rule counts the calls that it fits: `from` is the first of them that is
/// struck, from 1.
package struct FaultRule: Sendable, Hashable {
  package enum Scope: Sendable, Hashable {
    case route(SimulatorRoute)
    /// Every route of the self-service API.
    case portal
    /// Every route of the deployed app.
    case app
    case everything
  }

  package var scope: Scope
  /// The client in the path, or in the assertion of a token request; nil fits all.
  package var client: ClientID?
  package var from: Int
  /// How many calls are struck; nil: all that follow.
  package var times: Int?
  /// Of a struck call's really being struck, 0 to 1.
  package var chance: Double
  package var fault: Fault

  package init(
    _ scope: Scope, _ fault: Fault, client: ClientID? = nil, from: Int = 1, times: Int? = 1, chance: Double = 1
  ) {
    self.scope = scope
    self.fault = fault
    self.client = client
    self.from = from
    self.times = times
    self.chance = chance
  }

  package init(
    _ route: SimulatorRoute, _ fault: Fault, client: ClientID? = nil, from: Int = 1, times: Int? = 1,
    chance: Double = 1
  ) {
    self.init(.route(route), fault, client: client, from: from, times: times, chance: chance)
  }

  func fits(_ route: SimulatorRoute, client caller: ClientID?) -> Bool {
    guard client == nil || client == caller else { return false }
    return switch scope {
    case .route(let mine): mine == route
    case .portal: route.isPortal
    case .app: route.isApp
    case .everything: true
    }
  }

  /// Whether the `count`th fitting call is in its range.
  func covers(_ count: Int) -> Bool { count >= from && times.map { count < from + $0 } ?? true }
}
