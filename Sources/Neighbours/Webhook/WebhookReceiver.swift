internal import Foundation
package import RotationCore
private import Synchronization

/// One receiver of `notify:` (Standard Webhooks). Messages go out in the order in which they came, beside the rotation;
/// what a silent receiver missed is kept and tried again before anything newer.
package final class WebhookReceiver: Sendable {
  /// One call's bound.
  static let limit = Duration.seconds(5)
  /// Between the attempts at one message.
  static let pauses: [Duration] = [.milliseconds(500), .seconds(1)]

  /// What became of a message; a reason never names more of the receiver than host and port.
  package enum Word: Sendable, Hashable {
    case delivered
    /// No 2xx: kept for the next run. `isSilent`: nobody answered, so later messages wait behind it.
    case missed(reason: String, isSilent: Bool)
  }

  private struct Errand {
    let message: WebhookMessage
    let told: @Sendable (Word) -> Void
    /// Why the last attempt came to nothing.
    var reason: String?
  }

  private struct State {
    var waiting: [Errand] = []
    var isPumping = false
  }

  /// Its place in the runbook: `notify[0]`.
  package let name: String
  private let url: SecretString
  private let key: WebhookKey
  private let transport: HTTPTransport
  private let clock: any WallClock
  private let errands: Errands
  private let state = Mutex(State())

  package init(
    name: String, url: SecretString, key: WebhookKey, transport: HTTPTransport, clock: any WallClock, errands: Errands
  ) {
    self.name = name
    self.url = url
    self.key = key
    self.transport = transport
    self.clock = clock
    self.errands = errands
  }

  /// Returns at once. `told` hears what becomes of the message, each time that it is tried.
  package func send(_ message: WebhookMessage, told: @escaping @Sendable (Word) -> Void = { _ in }) {
    state.withLock { $0.waiting.append(Errand(message: message, told: told)) }
    retry()
  }

  /// Begins again with what is kept.
  package func retry() {
    let begins = state.withLock { state in
      guard !state.isPumping, !state.waiting.isEmpty else { return false }
      state.isPumping = true
      return true
    }
    if begins { errands.begin { await self.pump() } }
  }

  /// What was not delivered so far, oldest first, with the last reason; nil for what waits behind another.
  package var missed: [(message: WebhookMessage, reason: String?)] {
    state.withLock { state in state.waiting.map { ($0.message, $0.reason) } }
  }

  private func pump() async {
    var refused = 0
    while let errand = next(after: refused) {
      let word = await deliver(errand.message)
      state.withLock { state in
        switch word {
        case .delivered: state.waiting.remove(at: refused)
        case .missed(let reason, let isSilent):
          state.waiting[refused].reason = reason
          if isSilent { state.isPumping = false }
        }
      }
      errand.told(word)
      switch word {
      case .delivered: break
      case .missed(_, isSilent: true): return
      case .missed(_, isSilent: false): refused += 1
      }
    }
  }

  private func next(after refused: Int) -> Errand? {
    state.withLock { state in
      guard refused < state.waiting.count, !Task.isCancelled else {
        state.isPumping = false
        return nil
      }
      return state.waiting[refused]
    }
  }

  /// A silent receiver is asked again after a pause, and not before the hour that it named itself.
  private func deliver(_ message: WebhookMessage) async -> Word {
    var pauses = Self.pauses[...]
    while true {
      let (word, asked) = await attempt(message)
      guard case .missed(_, isSilent: true) = word, let pause = pauses.popFirst(),
        (try? await clock.sleep(until: clock.now() + max(pause, asked ?? .zero))) != nil
      else { return word }
    }
  }

  private func attempt(_ message: WebhookMessage) async -> (word: Word, asked: Duration?) {
    let timestamp = Int64(clock.now().timeIntervalSince1970.rounded(.down))
    var call = HTTPCall.post(url.reveal(), message.body, as: "application/json")
    call.headers += [
      ("webhook-id", message.id), ("webhook-timestamp", String(timestamp)),
      ("webhook-signature", key.signature(id: message.id, timestamp: timestamp, body: message.body)),
    ]
    call.within = Self.limit
    do {
      let answer = try await transport.send(call, to: name)
      guard !answer.isSuccess else { return (.delivered, nil) }
      return (.missed(reason: "answered \(answer.status)", isSilent: answer.status == 408), nil)
    } catch {
      // A 2xx whose body is of no use was taken all the same.
      if let status = error.status, (200...299).contains(status) { return (.delivered, nil) }
      return (.missed(reason: error.detail, isSilent: error.kind != .unusableAnswer), error.retryAfter)
    }
  }
}
