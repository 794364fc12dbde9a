package import Foundation
internal import RotationCore

/// The log as files: `checkpoint`, `vkey` and `tile/…` in one folder, all of them derived from the store's entries.
/// Everything is made 0600/0700 and replaced by rename.
package struct LogFolder: Sendable {
  static let checkpointName = "checkpoint"
  /// The log's own verifier key. It proves nothing to others, who must have it by a way of their own.
  static let keyName = "vkey"

  package let path: String

  package init(path: String) { self.path = path }

  /// The published checkpoint's bytes; nil where none was published.
  package func checkpoint() throws -> Data? { try read(Self.checkpointName, limit: SignedNote.sizeLimit) }

  /// How many entries the published checkpoint says that there are, taken at its word; 0 where it says nothing.
  package func claimedSize() throws -> Int {
    guard let bytes = try checkpoint(), let note = try? SignedNote(parsing: bytes) else { return 0 }
    return (try? Checkpoint(text: note.text))?.size ?? 0
  }

  /// The verifier key beside the tiles; nil where nothing was published yet.
  package func verifierKey() throws -> VerifierKey? {
    guard let bytes = try read(Self.keyName, limit: 4096) else { return nil }
    return try VerifierKey(parsing: String(decoding: bytes, as: UTF8.self))
  }

  /// A tile's bytes; nil where there is none.
  package func tile(_ tile: TilePath) throws -> Data? { try read(tile.name, limit: EntryBundle.sizeLimit) }

  /// As `tile`; what is not a regular file has no bytes, and so differs from every tile.
  func tileIfRegular(_ tile: TilePath) throws -> Data? {
    do { return try self.tile(tile) } catch let failure as Failure where failure.code == .stateDamaged { return Data() }
  }

  /// What a server gives for the part of the URL after the log's prefix: the checkpoint or a tile, nothing else.
  package func resource(_ name: String) throws -> Data? {
    if name == Self.checkpointName { return try checkpoint() }
    return try TilePath(name).flatMap { try tile($0) }
  }

  /// Every tile in the folder, in no order.
  package func tiles() throws -> [TilePath] { try names(below: "tile").compactMap { TilePath($0) } }

  func read(_ name: String, limit: Int) throws(Failure) -> Data? {
    try FileSystem.contents(of: path + "/" + name, limit: limit)
  }

  func remove(_ name: String) throws(Failure) { try FileSystem.remove(path + "/" + name) }

  func removeIfEmpty(_ name: String) { FileSystem.removeFolder(path + "/" + name) }

  /// Temporary files that a process left when it was killed.
  func leftovers() throws -> [String] { try (names(in: "") + names(below: "tile")).filter(Self.isTemporary) }

  static func isTemporary(_ name: String) -> Bool {
    guard let last = name.split(separator: "/").last else { return false }
    return last.hasPrefix(".") && last.hasSuffix(".tmp")
  }

  private func names(below folder: String) throws -> [String] {
    try names(in: folder).flatMap { name -> [String] in
      let last = name.utf8.split(separator: UInt8(ascii: "/")).last.map { Substring($0) } ?? ""
      let isFolder = folder == "tile" || last.hasPrefix("x") || last.hasSuffix(".p")
      return isFolder && !Self.isTemporary(name) ? try names(below: name) : [name]
    }
  }

  private func names(in folder: String) throws(Failure) -> [String] {
    try FileSystem.list(folder.isEmpty ? path : path + "/" + folder).map { folder.isEmpty ? $0 : folder + "/" + $0 }
  }
}
