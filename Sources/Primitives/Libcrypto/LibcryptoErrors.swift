internal import COpenSSL

/// The calling thread's libcrypto error queue. Every failed call is followed by a drain, so that no later one is
/// blamed.
package enum LibcryptoErrors {
  /// Empties the queue. The reasons, oldest first, as libcrypto words them; they name routines, never data. Nil if
  /// none.
  @discardableResult
  package static func drain() -> String? {
    var reasons: [String] = []
    while case let code = ERR_get_error(), code != 0 {
      let reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
      if reasons.last != reason { reasons.append(reason) }
    }
    return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
  }

  /// Whether the queue holds anything; it stays as it is.
  package static var isEmpty: Bool { ERR_peek_error() == 0 }
}
