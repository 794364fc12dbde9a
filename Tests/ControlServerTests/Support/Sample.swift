import Foundation
import HTTPTypes
import RotationCore
import RotationTestSupport

@testable import ControlServer

enum Sample {
  static let secret = "0123456789abcdef0123456789abcdef"
  static let now = Date(timeIntervalSince1970: 1_795_000_000)
  static let id = "R-20261122-7F3K"

  static func key(_ name: String) -> KeyReference {
    KeyReference(
      kid: KeyID(name), algorithm: .RS256,
      publicKey: PublicKey(n: "n", e: "AQAB", thumbprint: Thumbprint(rawValue: "t-\(name)"), bits: 2048))
  }

  static func rotation(runbook: String = "sample") -> Rotation {
    var rotation = Rotation(
      id: RotationID(rawValue: id), openedAt: now, openedBy: "ola@host", issuer: "https://test.maskinporten.no/",
      clientID: ClientID("client\"\n\\"), emergency: false, manualPortal: false, outgoing: key("old"),
      runbookName: runbook, runbookDigest: "sha256:aa", binding: [:], planDigest: "sha256:bb",
      timing: Runbook.Timing(), approvalsNeeded: Runbook.Approvals())
    rotation.phase = .proven
    rotation.incoming = key("new")
    return rotation
  }

  static func expiry(kid: String, at expires: Date?) -> KeyExpiry {
    var members: [String: JSONValue] = ["kid": .string(kid)]
    members["exp"] = expires.map { .integer(Int64($0.timeIntervalSince1970)) }
    return KeyExpiry(
      of: PortalKey(members: members), timing: Runbook.Timing(), verification: Runbook.Verification(), window: nil,
      at: now)
  }

  static func settings(
    _ view: any StateView = LedgerView(), readiness: Readiness = .ready, secret: String? = secret,
    clock: any WallClock = ManualClock(now)
  ) -> DoorSettings {
    DoorSettings(
      version: "0.1.0", readiness: readiness, secret: secret.map { SecretString($0) }, view: view, clock: clock)
  }
}

extension DoorRoute {
  /// A path that is there, in a door of samples with a log.
  var path: String {
    switch self {
    case .rotation: "/api/v1/rotations/\(Sample.id)"
    case .tile: "/log/tile/0/000.p/5"
    default: rawValue
    }
  }
}

extension DoorRequest {
  static func get(_ path: String, bearer: String? = Sample.secret, _ more: [String: String] = [:]) -> DoorRequest {
    var request = DoorRequest(.get, path, host: "127.0.0.1:8080")
    if let bearer { request.fields[.authorization] = "Bearer \(bearer)" }
    for (name, value) in more {
      if let name = HTTPField.Name(name) { request.fields[name] = value }
    }
    return request
  }

  static func login(_ body: String, type: String = "application/x-www-form-urlencoded") -> DoorRequest {
    DoorRequest(.post, "/session", fields: [.contentType: type], body: Data(body.utf8))
  }
}

extension Door {
  func answer(_ request: DoorRequest) -> DoorAnswer { reply(to: request).answer }
}

extension DoorAnswer {
  var json: JSONValue? { try? JSONValue(parsing: body) }
  var text: String { String(decoding: body, as: UTF8.self) }
}

/// A log folder with a checkpoint and two tiles, and a file beside it that nobody may see.
final class PublishedLog: Sendable {
  let folder: String
  var path: String { folder + "/log" }

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/keyturn-door-" + UUID().uuidString
    for part in ["", "/log", "/log/tile/0/000.p", "/log/tile/entries/000.p"] {
      try FileManager.default.createDirectory(atPath: folder + part, withIntermediateDirectories: true)
    }
    for name in [
      "secret", "log/secret", "log/checkpoint", "log/vkey", "log/tile/0/000.p/5", "log/tile/entries/000.p/5",
    ] {
      try Data(name.utf8).write(to: URL(filePath: folder + "/" + name))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}
