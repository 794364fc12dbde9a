package import Foundation

/// An open file or folder, closed when its holder lets go.
package struct OwnedDescriptor: ~Copyable {
  package let number: CInt

  /// Throws what `errno` says.
  package init(_ open: () -> CInt) throws(SystemError) {
    number = try SystemError.check(open)
  }

  /// An open folder: names in it lead into it, whatever becomes of its path.
  package init(folder path: String) throws(SystemError) {
    try self.init { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
  }

  deinit { _ = close(number) }

  package borrowing func information() throws(SystemError) -> stat {
    var information = stat()
    try SystemError.check { fstat(number, &information) }
    return information
  }

  /// Every byte, or a throw.
  package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var at = 0
    while at < bytes.count {
      let put = try SystemError.check { systemWrite(number, bytes.baseAddress.map { $0 + at }, bytes.count - at) }
      guard put > 0 else { throw SystemError(number: ENOSPC) }
      at += put
    }
  }

  package borrowing func write(_ bytes: Data) throws(SystemError) {
    var failure: SystemError?
    bytes.withUnsafeBytes { bytes in
      do throws(SystemError) { try write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Makes a file's bytes, or a folder's names, survive a power cut.
  package borrowing func flush() throws(SystemError) { try SystemError.check { fsync(number) } }
}

private let systemWrite: @Sendable (CInt, UnsafeRawPointer?, Int) -> Int = { write($0, $1, $2) }
