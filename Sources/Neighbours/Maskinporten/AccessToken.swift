package import Foundation
package import RotationCore

/// One token with the token in it, for the call that must carry it; it prints without.
package struct AccessToken: Sendable, CustomStringConvertible {
  package let grant: TokenGrant
  package let value: SecretString
  /// Counted from before the request, so never later than the neighbour's own reckoning.
  package let expires: Date

  package var description: String { "token for \(grant.kid), until \(expires.iso8601)" }
}

/// What one request to the token endpoint came to, the token included.
package enum TokenReply: Sendable {
  case token(AccessToken)
  case refused(TokenRefusal)
  case trouble(NeighbourTrouble)

  /// The same without the token.
  package var attempt: TokenAttempt {
    switch self {
    case .token(let token): .granted(token.grant)
    case .refused(let refusal): .refused(refusal)
    case .trouble(let trouble): .trouble(trouble)
    }
  }
}
