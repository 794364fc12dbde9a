internal import Foundation
internal import Primitives
internal import RotationCore

/// A file that did not exist before, written from its beginning to its end. Removed again unless finished.
struct OutputFile: ~Copyable {
  private let path: String
  private var draft: Draft

  init(creating path: String, for readers: Readers) throws(Failure) {
    let draft = try FileSystem.telling("cannot be written", path) { () throws(SystemError) in try Draft(named: path) }
    try FileSystem.telling("cannot be given its mode", path) { () throws(SystemError) in
      try draft.take(mode: readers.fileMode)
    }
    self.path = path
    self.draft = draft
  }

  func append(_ bytes: Data) throws(Failure) {
    try FileSystem.telling("cannot be written", path) { () throws(SystemError) in try draft.file.write(bytes) }
  }

  /// Keeps the file; with `durably`, returns when its bytes are on the disk.
  mutating func finish(durably: Bool) throws(Failure) {
    if durably {
      try FileSystem.telling("cannot be made durable", path) { () throws(SystemError) in try draft.file.flush() }
    }
    draft.keep()
  }
}
