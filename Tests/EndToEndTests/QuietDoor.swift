import Foundation
import RotationTestSupport

/// A loopback port that the kernel gave and where connections are taken and nobody answers.
final class QuietDoor {
  private let socket: LoopbackSocket
  var port: Int { socket.port }

  init() throws {
    socket = try LoopbackSocket()
    try socket.listen()
  }

  deinit { close(socket.number) }

  /// Whether anybody connected since it was last asked, though long gone.
  var wasKnockedAt: Bool {
    var wish = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
    guard poll(&wish, 1, 0) == 1 else { return false }
    close(accept(socket.number, nil, nil))
    return true
  }
}

/// A port that nobody listens on.
func refusingPort() throws -> Int { try LoopbackSocket().port }
