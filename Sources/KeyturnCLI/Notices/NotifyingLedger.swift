internal import RotationCore

/// A ledger that tells the notice board what became durable.
struct NotifyingLedger: LedgerWrapper {
  let inner: any RotationLedger
  let board: NoticeBoard

  func claim() throws {
    try inner.claim()
    board.catchUp()
  }

  func commit(_ commit: LedgerCommit) throws {
    try inner.commit(commit)
    board.tell(commit.entries)
  }
}
