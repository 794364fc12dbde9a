package import Foundation

/// The world before a rotation is opened.
package struct OpeningFacts: Sendable {
  package var now: Date
  package var runbook: Runbook
  package var metadata: Result<ServerMetadata, NeighbourTrouble>
  package var portal: PortalSighting
  package var targets: [TargetSighting]
  /// Keys in the store: what a target that cannot be read back, or `key.use`, may stand for.
  package var sealed: [SealedKey]
  /// One token attempt with the outgoing pair; nil when there is none to try.
  package var outgoingAttempt: TokenAttempt?
  /// Where the scopes together were denied: those that are denied alone, with the reason.
  package var refusedScopes: [String: String] = [:]
  /// Every rotation of the state, newest first.
  package var rotations: [Rotation]
  /// Why the outgoing private half cannot be sealed; nil when it can.
  package var sealingProblem: String?
  /// What the app's probe says, or why it could not be asked; nil where there is none.
  package var readiness: Result<ReadinessStatus, NeighbourTrouble>? = nil

  /// The app has never signed a live request: there is nothing to rotate away from.
  var isFirstCutover: Bool { readiness == .success(.mock) || targets.contains { $0.holding == .absent } }

  /// The pair that every target and beacon names.
  package var outgoing: OutgoingFinding {
    OutgoingFinding(
      targets: targets, sealed: sealed.map(\.reference), algorithm: runbook.key.algorithm, unread: writtenLast)
  }

  /// Both keys dead is no reason to refuse an emergency: guards about the outgoing key bind only while it is accepted.
  var bindsOutgoing: Bool {
    if !runbook.emergency { return true }
    if case .granted = outgoingAttempt { return true }
    return false
  }
}

/// Which pair is live, by agreement of everything that can be read.
package enum OutgoingFinding: Sendable, Hashable {
  case agreed(KeyReference)
  /// Why there is no one pair.
  case none(String)
  /// It could not be told, since somebody did not answer.
  case silent(String)

  package var key: KeyReference? {
    guard case .agreed(let key) = self else { return nil }
    return key
  }

  /// `unread`: what holds where nothing can be read.
  init(
    targets: [TargetSighting], sealed: [KeyReference], algorithm: SigningAlgorithm,
    unread: @autoclosure () -> OutgoingFinding
  ) {
    var pairs: [KeyReference: [String]] = [:]
    var kids: [KeyID: [String]] = [:]
    for target in targets {
      switch target.holding {
      case .pair(let kid, let publicKey):
        pairs[KeyReference(kid: kid, algorithm: algorithm, publicKey: publicKey), default: []].append(target.name)
        kids[kid, default: []].append(target.name)
      case .kidOnly(let kid): kids[kid, default: []].append(target.name)
      case .absent:
        self = .none("\(target.name) holds no pair: Keyturn replaces a key, it does not install the first")
        return
      case .broken(let problem):
        self = .none("\(target.name): \(problem)")
        return
      case .writeOnly: break
      case .unreadable(let trouble):
        self = .none("\(target.name) cannot be read: \(trouble)")
        return
      case nil:
        self = .silent("\(target.name) was not looked at")
        return
      }
      switch target.beacon {
      case .kid(let kid): kids[kid, default: []].append("the beacon of \(target.name)")
      case .trouble(let trouble):
        self = .silent("the beacon of \(target.name) tells no kid: \(trouble)")
        return
      case .none, .notLooked: break
      }
    }
    if kids.count > 1 || pairs.count > 1 {
      let sides = kids.sorted { $0.key < $1.key }.map { "kid \($0.key) at \($0.value.joined(separator: " and "))" }
      self = .none(
        kids.count > 1
          ? "the places do not agree: " + sides.joined(separator: ", ")
          : "the places hold different keys under one kid: " + sides.joined(separator: ", "))
    } else if let pair = pairs.keys.first {
      self = .agreed(pair)
    } else if let kid = kids.keys.first {
      self =
        sealed.first { $0.kid == kid }.map(Self.agreed)
        ?? .none("kid \(kid) cannot be read back: hand its private half over with keyturn keys adopt --kid \(kid)")
    } else {
      self = unread()
    }
  }
}
