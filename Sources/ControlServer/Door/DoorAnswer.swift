internal import Foundation
internal import RotationCore

/// An answer, whole.
struct DoorAnswer: Sendable {
  var status: Int
  var headers: [(name: String, value: String)]
  var body: Data

  init(_ status: Int = 200, type: String? = nil, headers: [(name: String, value: String)] = [], body: Data = Data()) {
    self.status = status
    self.headers = (type.map { [("Content-Type", $0)] } ?? []) + headers
    self.body = body
  }

  static func json(_ value: JSONValue, status: Int = 200, type: String = "application/json") -> DoorAnswer {
    DoorAnswer(status, type: type, body: value.canonical)
  }

  static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> DoorAnswer {
    DoorAnswer(type: type, body: Data(text.utf8))
  }

  static func page(_ page: Page, status: Int = 200) -> DoorAnswer {
    DoorAnswer(
      status, type: "text/html; charset=utf-8", headers: [("Content-Security-Policy", page.policy)],
      body: Data(page.html.utf8))
  }

  /// The first header of that name.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
