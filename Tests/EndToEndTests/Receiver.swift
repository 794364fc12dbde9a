import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// An HTTP server on loopback that keeps what it is sent: a receiver of webhooks, a Sentry, Altinn's exchange.
final class Receiver: Sendable {
  struct Post: Sendable {
    var path: String
    var headers: [String: String]
    var body: Data

    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:] }
    var type: String { json["type"] as? String ?? "" }
    var data: [String: Any] { json["data"] as? [String: Any] ?? [:] }
  }

  let port: Int
  private let posts: Posts
  private let run: Task<Void, any Error>

  private final class Posts: Sendable {
    let all = Mutex<[Post]>([])
    let answer: Mutex<Int>

    init(answering status: Int) { answer = Mutex(status) }
  }

  init(answering status: Int = 204) async throws {
    let posts = Posts(answering: status)
    let (ports, found) = AsyncStream<Int>.makeStream()
    let router = Router()
    for method in [HTTPRequest.Method.get, .post] {
      router.on("**", method: method) { request, _ in
        let body = try await request.body.collect(upTo: 1_048_576)
        let headers = Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }) { first, _ in first }
        posts.all.withLock {
          $0.append(Post(path: request.uri.path, headers: headers, body: Data(body.readableBytesView)))
        }
        return HTTPResponse.Status(code: posts.answer.withLock { $0 })
      }
    }
    var logger = Logger(label: "receiver")
    logger.logLevel = .critical
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { found.yield($0.localAddress?.port ?? 0) }, logger: logger)
    run = Task { try await application.runService(gracefulShutdownSignals: []) }
    self.posts = posts
    port = await ports.first { _ in true } ?? 0
  }

  deinit { run.cancel() }

  var url: String { "http://127.0.0.1:\(port)/hook" }
  var all: [Post] { posts.all.withLock { $0 } }
  /// Each webhook once: one whose answer was late comes again, under its id.
  var facts: [Post] {
    var known: Set<String> = []
    return all.filter { known.insert($0.headers["webhook-id"] ?? "").inserted }
  }

  func answer(_ status: Int) { posts.answer.withLock { $0 = status } }
}
