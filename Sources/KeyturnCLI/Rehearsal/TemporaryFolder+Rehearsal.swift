internal import Foundation
internal import Primitives
internal import RotationCore

extension TemporaryFolder {
  /// A world's of its own, under the system's temporary folder.
  static func forRehearsal() throws(Failure) -> TemporaryFolder {
    let base = FileManager.default.temporaryDirectory.path
    do { return try TemporaryFolder(named: "keyturn-rehearsal", in: base) } catch {
      throw Failure(
        .inputInvalid, "no folder can be made under \(base): \(String(cString: strerror(error.number)))",
        remedy: ["set TMPDIR to a folder that can be written"])
    }
  }
}
