/// The outside world of one runbook, put together at the composition root.
package struct Neighbourhood: Sendable {
  package struct Site: Sendable {
    package let target: any DeploymentTarget
    package let beacon: (any SignerBeacon)?

    package init(target: any DeploymentTarget, beacon: (any SignerBeacon)? = nil) {
      self.target = target
      self.beacon = beacon
    }
  }

  package let tokens: any TokenEndpoint
  /// Nil: a manual portal.
  package let portal: (any ClientPortal)?
  package let sites: [Site]
  package let readiness: (any ReadinessProbe)?

  package init(
    tokens: any TokenEndpoint, portal: (any ClientPortal)?, sites: [Site], readiness: (any ReadinessProbe)? = nil
  ) {
    self.tokens = tokens
    self.portal = portal
    self.sites = sites
    self.readiness = readiness
  }

  /// The names that intents and unanswered writes give the neighbours.
  package static let portalName = "portal"
}
