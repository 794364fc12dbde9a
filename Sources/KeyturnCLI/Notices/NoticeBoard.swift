internal import Foundation
internal import Neighbours
internal import RotationCore
private import Synchronization

/// Tells the receivers of one runbook what happens to its rotations, and keeps the log's word on who was told what:
/// a leaf `notified` a receiver and fact, a leaf `not_notified` where a run ended with something left to tell. What has no
/// `notified` leaf is sent again by the next run, under the same id. Nothing that becomes of it holds up a rotation.
final class NoticeBoard: Sendable {
  /// How long the end of a command may wait for the receivers.
  static let patience = Duration.seconds(10)

  private struct State {
    /// Facts that end a rotation wait for the checkpoint that covers them.
    var held: [Notice] = []
    /// Receivers of which it was said that they miss something.
    var silent: Set<String> = []
  }

  private let receivers: [WebhookReceiver]
  private let errands: Errands
  private let loaded: LoadedRunbook
  private let ledger: any RotationLedger
  private let session: Session
  private let state = Mutex(State())

  /// `receivers` deliver by `errands`; `ledger` is the one that tells nobody.
  init(
    _ receivers: [WebhookReceiver], errands: Errands, _ loaded: LoadedRunbook, _ ledger: any RotationLedger,
    _ session: Session
  ) {
    self.receivers = receivers
    self.errands = errands
    self.loaded = loaded
    self.ledger = ledger
    self.session = session
  }

  /// Once the ledger is claimed: what earlier runs had to tell of the client's rotations and could not, oldest first. A
  /// receiver that a rotation's runbook did not have, as far as digest and log tell, is owed nothing of it.
  func catchUp() {
    guard let rotations = try? ledger.rotations().filter({ $0.isOf(loaded.runbook) }) else { return }
    for rotation in rotations.reversed() {
      guard let entries = try? ledger.entries(of: rotation.id) else { continue }
      let leaves = entries.leaves.map(\.value)
      let told = Set(leaves.filter { $0["event"]?.string == Self.told }.map { [$0["receiver"], $0["message"]] })
      let known = Set(leaves.compactMap { $0["receiver"]?.string })
      let notices = leaves.compactMap(Notice.init)
      for receiver in receivers
      where rotation.runbookDigest == loaded.source.digest || known.contains(receiver.name) {
        for notice in notices where !told.contains([.string(receiver.name), .string(notice.id)]) {
          send(notice, to: [receiver], checkpoint: notice.kind.endsRotation ? checkpoint() : nil)
        }
      }
    }
  }

  /// What just became durable.
  func tell(_ entries: [LogEntry]) {
    for notice in entries.compactMap({ Notice($0.value) }) {
      guard !notice.kind.endsRotation else {
        state.withLock { $0.held.append(notice) }
        continue
      }
      send(notice, to: receivers)
    }
  }

  /// At the end of the command, with the log's head signed: tells the rest, waits for a bounded time, and puts on record
  /// what is left.
  func finish() async {
    let held = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
    for notice in held { send(notice, to: receivers, checkpoint: checkpoint()) }
    for receiver in receivers { receiver.retry() }
    await errands.finish(within: Self.patience)
    for receiver in receivers { admit(receiver) }
  }

  private func send(_ notice: Notice, to receivers: [WebhookReceiver], checkpoint: String? = nil) {
    guard let rotation = try? ledger.rotation(notice.rotation), rotation.isOf(loaded.runbook),
      let standing = try? Standing(rotation, ledger: ledger, now: session.clock.now())
    else { return }
    let message = notice.message(standing, session, checkpoint: checkpoint)
    for receiver in receivers {
      receiver.send(message) { [weak self] word in self?.hear(word, of: notice, from: receiver.name) }
    }
  }

  private func checkpoint() -> String? {
    session.publishedCheckpoint.map { String(decoding: $0, as: UTF8.self) }
  }

  // MARK: What became of it

  private static let told = "notified"
  private static let missed = "not_notified"

  private func hear(_ word: WebhookReceiver.Word, of notice: Notice, from receiver: String) {
    switch word {
    case .delivered:
      _ = state.withLock { $0.silent.remove(receiver) }
      record(
        Self.told, notice.rotation, phase: notice.leaf["phase"]?.string,
        ["receiver": .string(receiver), "type": .string(notice.kind.rawValue), "message": .string(notice.id)])
    case .missed(let reason, _):
      guard state.withLock({ $0.silent.insert(receiver).inserted }) else { return }
      session.console.warning(
        "\(receiver) was not told \(notice.kind.rawValue): \(reason); the rotation goes on, and it is tried again")
    }
  }

  private func admit(_ receiver: WebhookReceiver) {
    let missed = receiver.missed
    guard let last = missed.last else { return }
    let types = missed.map(\.message.type)
    let reason = missed.compactMap(\.reason).last ?? "the time for it was over"
    session.console.warning(
      "\(receiver.name) does not know of \(types.joined(separator: ", ")): \(reason); the next rotate, advance or"
        + " rollback tells it again")
    let data = (try? JSONValue(parsing: last.message.body))?["data"]
    record(
      Self.missed, data?["rotation"]?.string.map(RotationID.init(rawValue:)), phase: data?["phase"]?.string,
      [
        "receiver": .string(receiver.name), "types": .array(types.map { .string($0) }), "reason": .string(reason),
      ])
  }

  private func record(_ event: String, _ rotation: RotationID?, phase: String?, _ details: [String: JSONValue]) {
    let entry = LogEntry(
      at: session.clock.now(), operator: session.operatorName, rotation: rotation,
      phase: phase.flatMap(Phase.init(rawValue:)), event: event, details: details)
    do { try ledger.commit(LedgerCommit(entries: [entry])) } catch {
      session.console.warning("the log could not record `\(event)`; a receiver may be told the same fact again")
    }
  }
}
