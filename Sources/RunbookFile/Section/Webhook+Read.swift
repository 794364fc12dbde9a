internal import Foundation
internal import RotationCore

enum WebhookMember: String, Member {
  case kind, url, secret
  static let section = "notify[]"
}

extension Runbook.Webhook {
  private enum Kind: String, CaseIterable { case webhook }

  static func read(_ reader: MappingReader<WebhookMember>, in environment: Runbook.Environment?) -> Self? {
    _ = reader.required(.kind, .choice(Kind.self))
    let url = reader.required(
      .url, .secret(.url(in: environment), inClear: .warnedOfOutsideCustom(environment)))
    let secret = reader.required(.secret, .secret(signingKey, inClear: .refusedOutsideCustom(environment)))
    guard let url, let secret else { return nil }
    return Self(url: url, secret: secret)
  }

  /// Standard Webhooks: `whsec_` and base64, or any other text.
  private static var signingKey: Form<String> {
    .text.that("begins with whsec_ and must go on in base64, padding included") { text in
      let prefix = "whsec_"
      return !text.hasPrefix(prefix) || Data(base64Encoded: String(text.dropFirst(prefix.count)))?.isEmpty == false
    }
  }
}
