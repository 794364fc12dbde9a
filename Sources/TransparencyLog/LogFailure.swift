package import RotationCore

/// What the log refuses, each by name; `cause` holds the name for programs.
extension Failure {
  /// The store has lost entries that a checkpoint was signed over; signing on would fork the log.
  package static func logStoreSmaller(stored: Int, published: Int) -> Failure {
    Failure(
      .stateDamaged, "the store has \(stored) log entries, but \(published) were published before",
      remedy: [
        "nothing was signed or changed; `keyturn audit verify` tells whether the database or log/ is not as it was",
        "put back the database that holds all \(published) entries; where log/ alone was changed, move log/ away: it is"
          + " written anew",
        "or go on from a backup in a folder of its own: keyturn state restore FILE --state DIR",
        "the tiles under log/ may still hold what a database lost",
      ], cause: "log-store-smaller")
  }

  /// The store's entries are not those that were signed; signing on would fork the log.
  package static func logForked(at size: Int, by name: String) -> Failure {
    Failure(
      .stateDamaged, "the first \(size) log entries of the store are not those of \(name)",
      remedy: ["nothing was signed; `keyturn audit verify` names the first entry that differs"], cause: "log-forked")
  }

  /// The store remembers a checkpoint, and the folder has none: it was removed, or is another state's.
  package static func logFolderGone(signed: Int) -> Failure {
    Failure(
      .stateDamaged, "the log's folder has no checkpoint, though one of \(signed) entries was signed",
      remedy: [
        "nothing was written; put back the folder log/ from a backup",
        "or let the next command that holds the passphrase build it anew, and put that on record",
        "compare with a checkpoint kept elsewhere: keyturn audit verify --checkpoint FILE",
      ], cause: "log-folder-gone")
  }

  package static func logCheckpointBad(_ name: String, because reason: String) -> Failure {
    Failure(
      .stateDamaged, "\(name) cannot be trusted: \(reason)",
      remedy: ["nothing was signed; put back the checkpoint from a backup, or the key that it was signed with"],
      cause: "log-checkpoint-bad")
  }

  /// Also an entry that is too long for any log: more than 65,535 bytes.
  package static func logEntryMissing(_ index: Int) -> Failure {
    Failure(
      .stateDamaged, "log entry \(index) is missing from the store, out of its place or too long",
      remedy: ["`keyturn audit verify` tells what can still be trusted"], cause: "log-entry-missing")
  }

  /// The entry exists, or may, but no checkpoint covers it yet.
  package static func logEntryNotSigned(_ index: Int, signed: Int) -> Failure {
    Failure(
      .refused,
      signed == 0
        ? "no checkpoint of the log has been signed yet"
        : "log entry \(index) is not covered by the checkpoint, which signs entries 0 to \(signed - 1)",
      remedy: ["the next command that holds the passphrase signs a checkpoint over all entries"],
      cause: "log-entry-not-signed")
  }
}
