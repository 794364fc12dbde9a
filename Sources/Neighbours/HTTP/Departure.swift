internal import NIOCore
private import Synchronization

/// Whether a request's body was asked for by a connection, which happens after TCP and TLS stand. Until then nothing of
/// the request can have arrived anywhere.
final class Departure: Sendable {
  private let begun = Atomic(false)
  var hasBegun: Bool { begun.load(ordering: .sequentiallyConsistent) }
  func begin() { begun.store(true, ordering: .sequentiallyConsistent) }
}

/// A request body of one piece that tells its departure when a connection takes it.
struct DepartingBody: AsyncSequence, Sendable {
  let bytes: ByteBuffer
  let departure: Departure

  func makeAsyncIterator() -> Iterator { Iterator(rest: bytes, departure: departure) }

  struct Iterator: AsyncIteratorProtocol {
    var rest: ByteBuffer?
    let departure: Departure

    mutating func next() async -> ByteBuffer? {
      departure.begin()
      defer { rest = nil }
      return rest
    }
  }
}
