internal import Foundation
internal import RotationCore

/// Reads a 4xx of the token endpoint.
extension TokenRefusal {
  init(reading answer: HTTPAnswer, kid: KeyID, at now: Date) {
    let body = try? JSONValue(parsing: answer.body)
    let error = body?["error"]?.string.map { Redaction.line($0, limit: 80) }
    let (text, traceID) = Self.separateTrace(from: body?["error_description"]?.string)
    let code = Self.mpCode(uri: body?["error_uri"]?.string, text: text)
    self.init(
      kid: kid, at: now,
      reason: Self.classify(mpCode: code, text: text ?? "", error: error, status: answer.status),
      status: answer.status, error: error, text: text.map { Redaction.line($0, limit: 500) }, mpCode: code,
      traceID: traceID)
  }
}
