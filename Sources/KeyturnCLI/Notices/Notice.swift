internal import Foundation
internal import Neighbours
internal import RotationCore

/// A fact that the receivers of `notify:` are told, read from the leaf of the log that records it. So a notice is sent
/// only for what is durable, and any later run finds out again what there was to tell.
struct Notice: Sendable, Hashable {
  /// Raw values are the messages' `type`.
  enum Kind: String, Sendable, Hashable, CaseIterable {
    case opened = "rotation.opened"
    /// For a person: an attestation, an approval, a conflict to decide.
    case waiting = "rotation.waiting"
    case swapped = "rotation.swapped"
    case verified = "rotation.verified"
    case retired = "rotation.retired"
    case completed = "rotation.completed"
    case failed = "rotation.failed"
    case rolledBack = "rotation.rolled_back"
    case abandoned = "rotation.abandoned"

    /// Told with the log's checkpoint, so that the receiver keeps it off this machine.
    var endsRotation: Bool {
      switch self {
      case .retired, .completed, .rolledBack, .abandoned: true
      case .opened, .waiting, .swapped, .verified, .failed: false
      }
    }
  }

  let kind: Kind
  let rotation: RotationID
  /// As it was told to the ledger, which adds a digest to some: one fact, one id, before it was stored and after.
  let leaf: JSONValue

  /// Nil for a leaf that nobody is told of.
  init?(_ leaf: JSONValue) {
    guard let rotation = leaf["rotation"]?.string, let kind = Self.kind(of: leaf) else { return nil }
    self.kind = kind
    self.rotation = RotationID(rawValue: rotation)
    self.leaf = .object((leaf.object ?? [:]).filter { $0.key != LogEntry.rotationDigest })
  }

  /// The message's id, the same in every run.
  var id: String { WebhookMessage.id(type: kind.rawValue, fact: leaf.canonical) }

  private static func kind(of leaf: JSONValue) -> Kind? {
    let waitsOnPerson = leaf["on"]?.string == Waiting.On.person.rawValue
    switch leaf["event"]?.string {
    case "opened": return .opened
    case "outcome": return leaf["step"]?.string.flatMap(Step.init).flatMap { reached[$0] }
    case Outcome.waiting.rawValue: return waitsOnPerson ? .waiting : nil
    case Outcome.failed.rawValue: return .failed
    case Outcome.midway.rawValue:
      if waitsOnPerson { return .waiting }
      return leaf["failure"]?["code"]?.string == FailureCode.stopped.rawValue ? nil : .failed
    default: return nil
    }
  }

  /// The step whose outcome is the fact.
  private static let reached: [Step: Kind] = [
    .swapEnvironment: .swapped, .verifyDeployment: .verified, .retireKey: .retired, .destroyKey: .completed,
    .withdrawKey: .rolledBack, .abandon: .abandoned,
  ]
}

extension Notice {
  /// The message, with the command that goes on from where the rotation stands as it is sent.
  func message(_ standing: Standing, _ session: Session, checkpoint: String? = nil) -> WebhookMessage {
    let rotation = standing.rotation
    var data: [String: JSONValue] = [
      "rotation": .string(rotation.id.rawValue), "runbook": .string(rotation.runbookName),
      "issuer": .string(rotation.issuer), "client_id": .string(rotation.clientID.rawValue),
      "phase": leaf["phase"] ?? .null, "operator": leaf["operator"] ?? .null,
      "outgoing": RotationReport.key(rotation.outgoing),
      "incoming": rotation.incoming.map(RotationReport.key) ?? .null,
      "next": ["command": .optional(NextCommand.of(standing, session))],
      "link": .string(kind == .failed ? DigdirPage.troubleshooting : DigdirPage.clientKeys),
    ]
    for member in ["reason", "until", "step"] { data[member] = leaf[member] }
    if let failure = leaf["failure"]?.object {
      data["failure"] = .object(
        failure.filter { ["code", "summary", "remedy", "mp_code", "trace_id"].contains($0.key) })
    }
    data["checkpoint"] = checkpoint.map { .string($0) }
    return WebhookMessage(
      type: kind.rawValue, fact: leaf.canonical, timestamp: leaf["at"]?.string ?? "", data: .object(data))
  }
}

/// Where Digdir explains the subject of a notice.
enum DigdirPage {
  static let clientKeys = "https://docs.digdir.no/docs/Maskinporten/maskinporten_autentisering"
  static let troubleshooting = "https://docs.digdir.no/docs/Maskinporten/maskinporten_feilsoking"
}
