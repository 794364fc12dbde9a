internal import RotationCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// An open file, closed when its holder lets go.
struct Descriptor: ~Copyable {
  let number: CInt

  /// Throws what `errno` says.
  init(_ open: () -> CInt) throws(SystemError) {
    number = try SystemError.check(open)
  }

  deinit { _ = close(number) }

  borrowing func information() throws(SystemError) -> stat {
    var information = stat()
    try SystemError.check { fstat(number, &information) }
    return information
  }

  /// The whole content, which must stay under `limit` bytes and not grow meanwhile.
  borrowing func contents(limit: Int) throws(SystemError) -> SecretBytes {
    let size = Int(try information().st_size)
    guard size <= limit else { throw SystemError(number: EFBIG) }
    var failure: SystemError?
    let bytes = SecretBytes(count: size) { room in
      var at = 0
      while at < size {
        let got = pread(number, room.baseAddress.map { $0 + at }, size - at, off_t(at))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          failure = SystemError(number: got < 0 ? errno : EAGAIN)
          return
        }
        at += got
      }
    }
    if let failure { throw failure }
    return bytes
  }

  borrowing func write(_ bytes: borrowing SecretBytes) throws(SystemError) {
    var failure: SystemError?
    bytes.withBytes { buffer in
      var at = 0
      while at < buffer.count {
        let put = systemWrite(number, buffer.baseAddress.map { $0 + at }, buffer.count - at)
        if put < 0, errno == EINTR { continue }
        guard put > 0 else {
          failure = SystemError(number: put < 0 ? errno : ENOSPC)
          return
        }
        at += put
      }
    }
    if let failure { throw failure }
  }
}

private let systemWrite: @Sendable (CInt, UnsafeRawPointer?, Int) -> Int = { write($0, $1, $2) }

/// A system call's error.
struct SystemError: Error, Equatable {
  let number: CInt

  /// Runs a call that answers below zero on failure, again after an interruption.
  @discardableResult
  static func check(_ call: () -> CInt) throws(SystemError) -> CInt {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw SystemError(number: errno) }
    }
  }

  /// For a person, with the way out where the number alone would not show it.
  var reason: String {
    switch number {
    case EBUSY, EXDEV:
      "it is mounted as a single file and cannot be replaced; mount its folder instead"
    case ENOSPC, EDQUOT: "the disk is full"
    case EROFS: "the file system is read-only"
    case ELOOP: "it is a symbolic link that leads nowhere, or became one just now"
    case ENXIO: "it is a pipe, a socket or a device, not a file"
    case EFBIG: "it is too large for an environment file"
    case EAGAIN: "it changed while it was read"
    default: String(cString: strerror(number)).lowercased()
    }
  }
}
