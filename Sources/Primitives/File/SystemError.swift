#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A system call's error.
package struct SystemError: Error, Equatable {
  package let number: CInt

  package init(number: CInt) { self.number = number }

  /// Runs a call that answers below zero on failure, again after an interruption.
  @discardableResult
  package static func check<Answer: SignedInteger>(_ call: () -> Answer) throws(SystemError) -> Answer {
    while true {
      let answer = call()
      if answer >= 0 { return answer }
      if errno != EINTR { throw SystemError(number: errno) }
    }
  }
}
