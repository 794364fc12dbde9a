internal import Foundation
internal import Neighbours
internal import RotationCore

/// A key of the client whose end in the portal is near or past.
struct ExpiryNotice: Sendable, Hashable {
  static let type = "key.expiring"
  /// Days left at which the fact is a new one; in between, a repeated look sends the same id.
  private static let stages = [-1, 0, 1, 3, 7, 14, 30, 60, 90]

  let kid: KeyID
  let expires: Date
  /// Whole days; 0 on the last one, negative afterwards.
  let daysLeft: Int
  /// By when a rotation must begin to be through in time; nil where that is unknown.
  let latestStart: Date?

  init(kid: KeyID, expires: Date, daysLeft: Int, latestStart: Date?) {
    self.kid = kid
    self.expires = expires
    self.daysLeft = daysLeft
    self.latestStart = latestStart
  }

  /// Nil for a key whose end is far or not known.
  init?(_ key: KeyExpiry) {
    guard key.standing == .near || key.standing == .expired, let expires = key.expires, let daysLeft = key.daysLeft
    else { return nil }
    self.init(kid: key.kid, expires: expires, daysLeft: daysLeft, latestStart: key.latestSafeStart)
  }

  func message(_ loaded: LoadedRunbook, command: String) -> WebhookMessage {
    let maskinporten = loaded.runbook.maskinporten
    let stage = Self.stages.first { daysLeft <= $0 } ?? daysLeft
    let fact: JSONValue = [
      "issuer": .string(maskinporten.issuer), "client_id": .string(maskinporten.clientID.rawValue),
      "kid": .string(kid.rawValue), "expires": .string(expires.iso8601), "stage": .integer(Int64(stage)),
    ]
    // Whole days are left until the next one ends, so a stage is passed a day before its own number of days.
    let passed = expires - .seconds(86_400 * max(0, stage + 1))
    let data: JSONValue = [
      "runbook": .string(loaded.runbook.name), "issuer": .string(maskinporten.issuer),
      "client_id": .string(maskinporten.clientID.rawValue), "kid": .string(kid.rawValue),
      "expires": .string(expires.iso8601), "days_left": .integer(Int64(daysLeft)),
      "latest_safe_start": .optional(latestStart?.iso8601), "next": ["command": .string(command)],
      "link": .string(DigdirPage.clientKeys),
    ]
    return WebhookMessage(type: Self.type, fact: fact.canonical, timestamp: passed.iso8601, data: data)
  }
}

extension Session {
  /// Tells the runbook's receivers of keys within the warning time. Waits for a bounded time; a receiver that was not
  /// told is named on standard error, and the next look tells it.
  func notify(_ notices: [ExpiryNotice], _ loaded: LoadedRunbook) async throws(Failure) {
    let errands = Errands()
    let receivers = try Composition(configuration).receivers(of: loaded.runbook, errands)
    let command = commandLine("rotate \(NextCommand.quoted(loaded.source.path))")
    for receiver in receivers {
      for notice in notices { receiver.send(notice.message(loaded, command: command)) }
    }
    await errands.finish(within: NoticeBoard.patience)
    for receiver in receivers {
      for missed in receiver.missed {
        let reason = missed.reason ?? "another message went first"
        console.warning("\(receiver.name) was not told \(missed.message.type): \(reason); run it again")
      }
    }
  }
}
