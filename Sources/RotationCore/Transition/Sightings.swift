/// What was seen of the portal.
package enum PortalSighting: Sendable, Hashable {
  case notLooked
  /// Cannot be read; tokens are the evidence.
  case manual
  case listed(PortalKeySet)
  case trouble(String)

  package var set: PortalKeySet? {
    guard case .listed(let set) = self else { return nil }
    return set
  }
}

/// What a target was found to hold, with the private half reduced to its public one.
package enum Holding: Sendable, Hashable {
  case pair(KeyID, PublicKey)
  case kidOnly(KeyID)
  /// A pair that cannot be read back: what was written last counts.
  case writeOnly
  case absent
  case broken(String)
  case unreadable(String)

  package var kid: KeyID? {
    switch self {
    case .pair(let kid, _), .kidOnly(let kid): kid
    case .writeOnly, .absent, .broken, .unreadable: nil
    }
  }

  /// The kid, and the key where it can be read, are `key`'s.
  package func isPair(of key: KeyReference) -> Bool {
    switch self {
    case .pair(let kid, let publicKey): kid == key.kid && publicKey == key.publicKey
    case .kidOnly(let kid): kid == key.kid
    case .writeOnly, .absent, .broken, .unreadable: false
    }
  }

  package var words: String {
    switch self {
    case .pair(let kid, _), .kidOnly(let kid): "kid \(kid)"
    case .writeOnly: "a pair that cannot be read"
    case .absent: "no pair"
    case .broken(let problem): problem
    case .unreadable(let problem): "what cannot be read (\(problem))"
    }
  }
}

package enum BeaconSighting: Sendable, Hashable {
  /// The target has no beacon.
  case none
  case notLooked
  case kid(KeyID)
  case trouble(String)
}

package struct TargetSighting: Sendable, Hashable {
  package let name: String
  package let capabilities: TargetCapabilities
  /// Nil before it was looked at.
  package var holding: Holding?
  package var beacon: BeaconSighting
  /// Nil before it was asked.
  package var preflight: TargetPreflight?

  package init(
    name: String, capabilities: TargetCapabilities, holding: Holding? = nil, beacon: BeaconSighting = .none
  ) {
    self.name = name
    self.capabilities = capabilities
    self.holding = holding
    self.beacon = beacon
  }

  /// It or what runs there may use `kid`; what cannot be told counts as a yes.
  package func mayUse(_ kid: KeyID) -> Bool {
    if beacon == .kid(kid) { return true }
    return switch holding {
    case .pair(let held, _), .kidOnly(let held): held == kid
    case .absent: false
    case .writeOnly, .broken, .unreadable, nil: true
    }
  }
}
