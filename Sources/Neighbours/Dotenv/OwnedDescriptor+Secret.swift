internal import Primitives
internal import RotationCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension OwnedDescriptor {
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

  borrowing func write(_ secret: borrowing SecretBytes) throws(SystemError) {
    var failure: SystemError?
    secret.withBytes { bytes in
      do throws(SystemError) { try write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

extension SystemError {
  /// For a person, with the way out where the number alone would not show it.
  var reason: String {
    switch number {
    case EBUSY, EXDEV:
      "it is mounted as a single file and cannot be replaced; mount its folder instead"
    case ENOENT: "there is no such file: put it back, with its owner and mode; an empty one is enough"
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
