package import Foundation
package import RotationCore

/// One HTTP answer as a value, so that the world can be asked without a socket.
package struct SimulatedAnswer: Sendable, Hashable {
  package var status: Int
  package var headers: [String: String]
  package var body: Data

  package init(status: Int, headers: [String: String] = [:], body: Data = Data()) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package init(status: Int = 200, json: JSONValue, headers: [String: String] = [:]) {
    self.init(
      status: status, headers: headers.merging(["Content-Type": "application/json"]) { given, _ in given },
      body: json.canonical)
  }

  /// The body as JSON, where it is that.
  package var json: JSONValue? { try? JSONValue(parsing: body) }
}
