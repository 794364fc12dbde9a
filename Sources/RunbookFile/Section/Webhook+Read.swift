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
    let secret = reader.required(.secret, .secret(inClear: .refusedOutsideCustom(environment)))
    guard let url, let secret else { return nil }
    return Self(url: url, secret: secret)
  }
}
