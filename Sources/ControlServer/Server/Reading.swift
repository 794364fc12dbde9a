internal import Foundation
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore

/// A request's body, read within its bounds and, since hummingbird ends the process at a second time, once.
enum Reading: Sendable {
  case whole(Data)
  case tooLarge
  case tooSlow

  /// Of a body that is too large so much is read and dropped, and for so long, that a caller who is still sending sees
  /// the answer and no broken connection.
  private static let tolerance = (bytes: 1 << 20, time: Duration.seconds(1))

  init(_ request: Request, _ limits: ServerLimits) async throws {
    let announced = request.headers[.contentLength].map { Int($0) ?? .max }
    if announced ?? 0 == 0, request.headers[.transferEncoding] == nil {
      self = .whole(Data())
      return
    }
    let isTooLarge = announced.map { $0 > limits.body } ?? false
    let time = isTooLarge ? min(limits.bodyTime, Self.tolerance.time) : limits.bodyTime
    self = try await withThrowingTaskGroup(of: Reading.self) { group in
      group.addTask { try await Self.collect(request.body, upTo: limits.body) }
      group.addTask {
        try await Task.sleep(for: time)
        return isTooLarge ? .tooLarge : .tooSlow
      }
      defer { group.cancelAll() }
      return try await group.next() ?? .tooSlow
    }
  }

  private static func collect(_ body: RequestBody, upTo limit: Int) async throws -> Reading {
    var bytes = Data()
    var count = 0
    for try await chunk in body {
      count += chunk.readableBytes
      if count <= limit { bytes.append(contentsOf: chunk.readableBytesView) }
      if count > tolerance.bytes { break }
    }
    return count > limit ? .tooLarge : .whole(bytes)
  }
}
