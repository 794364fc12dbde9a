/// Samarbeidsportalen, where a client's public keys are listed. The API replaces the whole set and has no precondition,
/// so the caller reads right before and right after each `replace`.
package protocol ClientPortal: Sendable {
  /// The whole set as it is now. Throws `NeighbourTrouble`, or `TokenRefusal` for the admin client's own token.
  func read() async throws -> PortalKeySet
  /// Sends the whole set once. Throws as `read`; `effectIsUnknown` then tells whether it may have arrived.
  func replace(with keys: [PortalKey]) async throws
}
