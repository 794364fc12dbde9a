/// Tells which kid the running process signs with (`beacon_url`).
package protocol SignerBeacon: Sendable {
  /// Throws `NeighbourTrouble`.
  func signingKid() async throws -> KeyID
}
