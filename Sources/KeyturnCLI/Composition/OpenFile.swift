internal import Foundation
internal import Primitives
internal import RotationCore

/// A file without a secret, for everybody's eyes (0644).
enum OpenFile {
  /// Puts `bytes` in the place of what is there, whole or not at all. Throws `inputInvalid`.
  static func replace(_ path: String, with bytes: Data) throws(Failure) {
    let file = URL(filePath: path)
    let (parent, name) = (file.deletingLastPathComponent().path, file.lastPathComponent)
    var isReplaced = false
    do throws(SystemError) {
      let folder = try OwnedDescriptor(folder: parent)
      var draft = try Draft(
        named: "\(name).\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp", in: folder.number)
      try draft.take(mode: 0o644)
      try draft.file.write(bytes)
      try draft.file.flush()
      try draft.replace(name)
      isReplaced = true
      try folder.flush()
    } catch {
      let reason = String(cString: strerror(error.number))
      throw Failure(
        .inputInvalid,
        isReplaced
          ? "\(path) was written, but may not outlast a power cut: \(reason)"
          : "\(path) could not be written: \(reason); what was there is there still",
        remedy: ["name a file in a folder that this user can write"])
    }
  }
}
