#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// An open file, pipe, terminal or socket, read and written whole. A signal in between is no end.
struct Descriptor {
  let number: Int32

  /// Fills `buffer` as far as there is something to read. Returns how many bytes that were; nil where reading failed or
  /// was given up: `goesOn` is asked after each tenth of a second in vain, with the number of those in a row.
  func read(into buffer: UnsafeMutableRawBufferPointer, whileWaiting goesOn: (Int) -> Bool) -> Int? {
    var count = 0
    var slices = 0
    while count < buffer.count {
      var wish = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
      if poll(&wish, 1, 100) == 0 {
        slices += 1
        if goesOn(slices) { continue }
        return nil
      }
      slices = 0
      let taken = System.read(number, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      if taken == 0 { break }
      if taken < 0 {
        if errno == EINTR || errno == EAGAIN { continue }
        return nil
      }
      count += taken
    }
    return count
  }

  /// Returns whether every byte was taken.
  @discardableResult
  func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var count = 0
    while count < bytes.count {
      let taken = System.write(number, bytes.baseAddress?.advanced(by: count), bytes.count - count)
      if taken > 0 { count += taken } else if errno != EINTR && errno != EAGAIN { return false }
    }
    return true
  }

  /// The C library's, under names that do not collide with ours.
  private enum System {
    #if canImport(Glibc)
      static let read = Glibc.read
      static let write = Glibc.write
    #elseif canImport(Musl)
      static let read = Musl.read
      static let write = Musl.write
    #else
      static let read = Darwin.read
      static let write = Darwin.write
    #endif
  }
}
