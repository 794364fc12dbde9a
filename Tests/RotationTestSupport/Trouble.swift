package import RotationCore

/// The neighbour's trouble that `body` ends in; nil where it ends well, or in something else.
package func trouble(_ body: () async throws -> Void) async -> NeighbourTrouble? {
  do {
    try await body()
    return nil
  } catch { return error as? NeighbourTrouble }
}
