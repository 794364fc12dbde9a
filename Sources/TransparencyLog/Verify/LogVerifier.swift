/// Verifies a log by recomputing everything from its entries and holding it against the folder's files, the published
/// checkpoint and checkpoints kept elsewhere. Reads in portions; needs no private key and writes nothing.
package struct LogVerifier: Sendable {
  package let folder: LogFolder
  /// As the caller trusts it, not as the folder says.
  package let key: VerifierKey

  package init(folder: LogFolder, key: VerifierKey) {
    self.folder = folder
    self.key = key
  }

  /// Verifies the store's entries and the folder against each other and against what was signed.
  ///
  /// `leaves` is asked for after the folder was looked at, so that a log that grows meanwhile is no damage. Damage is
  /// reported, not thrown; `Failure` says that something could not be read at all.
  package func verify(_ leaves: @autoclosure () throws -> LeafSource, kept: [KeptCheckpoint] = []) throws -> LogReport {
    var inquiry = try LogInquiry(folder: folder, key: key, kept: kept)
    return try inquiry.report(on: leaves())
  }

  /// Verifies a folder alone, its entry bundles being the entries.
  package func verifyFolder(kept: [KeptCheckpoint] = []) throws -> LogReport {
    var inquiry = try LogInquiry(folder: folder, key: key, kept: kept)
    let bundled = inquiry.tiles.all.filter { $0.kind == .entries }.map(\.entriesNeeded).max() ?? 0
    return try inquiry.report(on: FolderLeaves(folder, size: bundled).entries)
  }
}
