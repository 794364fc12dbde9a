import Foundation

/// A loopback port that the kernel gave and where connections are taken and nobody answers.
final class QuietDoor {
  let port: Int
  private let listener: Int32

  init() throws {
    (listener, port) = try boundSocket()
    guard listen(listener, 16) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
  }

  deinit { close(listener) }

  /// Whether anybody connected since it was last asked, though long gone.
  var wasKnockedAt: Bool {
    var wish = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    guard poll(&wish, 1, 0) == 1 else { return false }
    close(accept(listener, nil, nil))
    return true
  }
}

/// A port that the kernel gave and that nobody listens on: its socket is bound for as long as this process lives.
func refusingPort() throws -> Int { try boundSocket().port }

private func boundSocket() throws -> (socket: Int32, port: Int) {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
    }
  }
  guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
  return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}
