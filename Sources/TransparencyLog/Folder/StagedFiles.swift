internal import Foundation
internal import RotationCore

/// Files written beside their places and put there together: nothing is replaced before every byte is on the disk.
/// A crash in between leaves some replaced; each is whole.
struct StagedFiles: ~Copyable {
  private let folder: LogFolder
  private var files: [(temporary: String, name: String)] = []

  init(in folder: LogFolder) { self.folder = folder }

  mutating func write(_ bytes: Data, as name: String) throws(Failure) {
    let place = folder.path + "/" + name
    let parent = String(place[..<(place.lastIndex(of: "/") ?? place.endIndex)])
    let nonce = String(UInt64.random(in: .min ... .max), radix: 36)
    let temporary = "\(parent)/.\(nonce).tmp"
    try FileSystem.makeFolders(parent)
    try FileSystem.create(temporary, holding: bytes, durably: true)
    files.append((temporary, name))
  }

  /// Renames every file into place, in the order in which they were written, then makes the folders durable.
  mutating func commit() throws(Failure) {
    var parents: Set<String> = []
    while let file = files.first {
      let place = folder.path + "/" + file.name
      try FileSystem.move(file.temporary, to: place)
      files.removeFirst()
      parents.insert(String(place[..<(place.lastIndex(of: "/") ?? place.endIndex)]))
    }
    for parent in parents.sorted() { try FileSystem.synchronize(folder: parent) }
  }

  deinit {
    for file in files { try? FileSystem.remove(file.temporary) }
  }
}
