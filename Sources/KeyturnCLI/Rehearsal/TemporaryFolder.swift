internal import Foundation
internal import RotationCore

/// A folder of our own (0700) under the system's temporary one, gone with everything in it when `remove` is called.
struct TemporaryFolder: Sendable {
  let path: String

  init(prefix: String = "keyturn-rehearsal") throws(Failure) {
    let base = FileManager.default.temporaryDirectory.path
    var template = Array("\(base)/\(prefix)-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { name in
      name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else {
      throw Failure(
        .inputInvalid, "no folder can be made under \(base): \(String(cString: strerror(errno)))",
        remedy: ["set TMPDIR to a folder that can be written"])
    }
    path = made
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
