/// One libcrypto object, freed when its holder lets go. The pointer is lent for a call and never handed out.
package struct Owned<Pointer>: ~Copyable {
  private let pointer: Pointer
  private let free: (Pointer) -> Void

  /// Takes what a libcrypto constructor returned; nil where that failed.
  package init?(_ pointer: Pointer?, freedBy free: @escaping (Pointer) -> Void) {
    guard let pointer else { return nil }
    self.pointer = pointer
    self.free = free
  }

  package borrowing func use<R: ~Copyable>(_ body: (Pointer) throws -> R) rethrows -> R { try body(pointer) }

  deinit { free(pointer) }
}
