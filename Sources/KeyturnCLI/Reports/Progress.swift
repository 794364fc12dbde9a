internal import Foundation
internal import KeyMaterial
internal import RotationCore
private import Synchronization

/// Tells on standard error what the engine does, as it does it.
final class Progress: Sendable {
  private struct State {
    var rotation: RotationID?
    var phase: Phase?
    var countdown: Task<Void, Never>?
  }

  private let console: Console
  private let clock: any WallClock
  private let session: Session
  private let state: Mutex<State>

  init(_ session: Session) {
    self.session = session
    console = session.console
    clock = session.clock
    state = Mutex(State())
  }

  /// The rotation that is being driven.
  func concern(_ rotation: RotationID?) { state.withLock { $0.rotation = rotation } }

  func observe(_ event: EngineEvent) {
    endCountdown()
    switch event {
    case .opened(let id, let outgoing):
      state.withLock { $0.rotation = id }
      say("rotation \(id) opened; the outgoing key is kid \(outgoing)".onOneLine)
    case .stepBegan(let step, let phase): say("\(step.rawValue), from phase \(phase.rawValue)")
    case .attempt(let kid, let attempt, let inARow, let needed):
      say("  kid \(kid): \(Self.words(attempt)), \(inARow) of \(needed) in a row".onOneLine)
    case .phase(let phase, let kid):
      let isNew = state.withLock { state in
        defer { state.phase = phase }
        return state.phase != phase
      }
      guard isNew else { break }
      let key = kid.map { " (kid \($0))".onOneLine } ?? ""
      say(console.ink(.green, onError: true, "\(phase.rawValue)") + key)
    case .handover(let fact, let key): handOver(fact, key)
    case .waiting(let waiting): wait(waiting)
    case .note(let text): console.note(text)
    }
  }

  /// Nothing is counted down any more.
  func end() { endCountdown() }

  private func say(_ text: String) { console.progress("\(clock.now().iso8601)  \(text)") }

  private static func words(_ attempt: TokenAttempt) -> String {
    switch attempt {
    case .granted: "a token"
    case .refused(let refusal):
      "refused (\(refusal.reason.words)\(refusal.mpCode.map { ", \($0)" } ?? "")"
        + "\(refusal.traceID.map { ", trace id \($0)" } ?? ""))"
    case .trouble(let trouble): "no answer that counts (\(trouble.detail))"
    }
  }

  // MARK: A portal that is served by hand

  private func handOver(_ fact: AttestedFact, _ key: KeyReference) {
    let id = state.withLock { $0.rotation?.rawValue } ?? "ROTATION"
    let attest = session.commandLine("attest \(fact.rawValue) \(id)")
    var lines = ["", "by hand, in Samarbeidsportalen:"]
    switch fact {
    case .published, .republished:
      lines += [
        "  [ ] open the client and add this public key beside the ones that are there: \(key.kid)",
        "  [ ] see that every key that was listed is listed still",
        "  [ ] run: \(attest)", "the key as one JWK, as an array and as a set; take the form that the page asks for:",
      ]
      for form in [PublicKeyForm.jwk, .array, .set] { lines.append((try? form.text(of: key)) ?? "") }
    case .retired, .withdrawn:
      lines += [
        "  [ ] open the client and remove this one key: \(key.kid)",
        "  [ ] see that every other key is listed still", "  [ ] run: \(attest)",
      ]
    case .deployed, .verified: lines += ["  [ ] run: \(attest)"]
    }
    console.progress((lines + [""]).joined(separator: "\n"))
  }

  // MARK: Waiting

  private func wait(_ waiting: Waiting) {
    let until = waiting.until.map { " until \(console.moment($0))" } ?? ""
    say("waiting\(until): \(waiting.reason ?? waiting.on.rawValue)".onOneLine)
    guard let until = waiting.until, console.streams.errIsTerminal else { return }
    let countdown = Task { [console, clock] in
      while !Task.isCancelled, case let left = until.timeIntervalSince(clock.now()), left > 0 {
        console.streams.err("\r\u{1B}[K  \(Duration.seconds(left.rounded()).clock) left")
        try? await Task.sleep(for: .seconds(1))
      }
      console.streams.err("\r\u{1B}[K")
    }
    state.withLock { $0.countdown = countdown }
  }

  private func endCountdown() {
    let countdown = state.withLock { state in
      defer { state.countdown = nil }
      return state.countdown
    }
    countdown?.cancel()
  }
}

extension Duration {
  /// `26:03:09`, hours first; `03:09` below an hour.
  fileprivate var clock: String {
    let all = components.seconds
    func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
    let hours = all / 3600
    return (hours > 0 ? "\(hours):" : "") + "\(two(all / 60 % 60)):\(two(all % 60))"
  }
}
