private import Foundation

/// A TCP socket on a loopback port that the kernel gave. Whoever connects is refused until somebody listens on it; the port
/// stays taken for as long as this process lives, unless the socket is closed.
package struct LoopbackSocket: Sendable {
  package let number: Int32
  package let port: Int

  package init() throws {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, length) == 0 && getsockname(number, $0, &length) == 0
      }
    }
    guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
    self.number = number
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  package func listen() throws {
    guard Foundation.listen(number, 16) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
  }
}
