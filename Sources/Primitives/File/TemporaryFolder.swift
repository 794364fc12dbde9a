internal import Foundation

/// A folder of our own (0700), gone with everything in it when `remove` is called.
package struct TemporaryFolder: Sendable {
  package let path: String

  /// A new one in `parent`, under a name that begins with `prefix`.
  package init(named prefix: String, in parent: String) throws(SystemError) {
    var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { name in
      name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else { throw SystemError(number: errno) }
    path = made
  }

  package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
