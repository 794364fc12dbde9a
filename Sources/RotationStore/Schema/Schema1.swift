extension Schema {
  /// Times are seconds since 2001-01-01T00:00:00Z (Foundation's count), so that they come back to the bit; add
  /// 978307200 for Unix time. `document` is the Codable `Rotation` as JSON; the columns beside it are what SQL needs.
  /// A list is a chain of OR, for which SQLite, unlike for IN, builds no table at each check.
  /// `intents` holds the open ones only, by key one a rotation; what became of the others is in the log.
  static let schema1 = """
    CREATE TABLE ledger (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      epoch INTEGER NOT NULL CHECK (epoch >= 0),
      created_at REAL NOT NULL,
      restored_at REAL,
      published_size INTEGER NOT NULL DEFAULT 0 CHECK (published_size >= 0),
      log_name TEXT,
      log_public_key BLOB,
      log_sealed_key BLOB,
      CHECK ((log_name IS NULL) = (log_public_key IS NULL) AND (log_name IS NULL) = (log_sealed_key IS NULL))
    ) STRICT;

    CREATE TABLE runbooks (
      serial INTEGER PRIMARY KEY,
      digest TEXT NOT NULL CHECK (length(digest) BETWEEN 1 AND 128),
      folder TEXT NOT NULL,
      path TEXT NOT NULL,
      bytes BLOB NOT NULL,
      UNIQUE (digest, folder)
    ) STRICT;

    CREATE TABLE rotations (
      serial INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
      issuer TEXT NOT NULL,
      client_id TEXT NOT NULL,
      runbook INTEGER NOT NULL REFERENCES runbooks (serial),
      opened_at REAL NOT NULL,
      observe_first INTEGER NOT NULL DEFAULT 0 CHECK (observe_first IN (0, 1)),
      phase TEXT NOT NULL CHECK (
        phase = 'planned' OR phase = 'generated' OR phase = 'published' OR phase = 'proven' OR
        phase = 'swapped' OR phase = 'deployed' OR phase = 'verified' OR phase = 'retired' OR
        phase = 'completed' OR phase = 'republishing' OR phase = 'restoring' OR phase = 'restored' OR
        phase = 'rolledBack' OR phase = 'abandoned'),
      revision INTEGER NOT NULL CHECK (revision >= 1),
      document TEXT NOT NULL CHECK (length(document) > 0)
    ) STRICT;

    CREATE UNIQUE INDEX one_open_rotation ON rotations (issuer, client_id)
      WHERE phase <> 'retired' AND phase <> 'completed' AND phase <> 'rolledBack' AND phase <> 'abandoned';

    CREATE TABLE intents (
      rotation TEXT NOT NULL PRIMARY KEY REFERENCES rotations (id),
      id TEXT NOT NULL CHECK (length(id) > 0),
      step TEXT NOT NULL CHECK (length(step) > 0),
      opened_at REAL NOT NULL,
      opened_by TEXT NOT NULL,
      writes TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sealed_keys (
      kid TEXT NOT NULL PRIMARY KEY REFERENCES key_history (kid),
      algorithm TEXT NOT NULL CHECK (algorithm IN ('RS256', 'RS384', 'RS512')),
      origin TEXT NOT NULL CHECK (origin IN ('generated', 'adopted', 'imported', 'outgoing')),
      created_at REAL NOT NULL,
      pkcs8 BLOB NOT NULL CHECK (length(pkcs8) > 0)
    ) STRICT;

    CREATE TABLE key_history (
      kid TEXT NOT NULL PRIMARY KEY CHECK (length(kid) > 0),
      n TEXT NOT NULL,
      e TEXT NOT NULL,
      thumbprint TEXT NOT NULL,
      bits INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE erasures (
      id INTEGER PRIMARY KEY,
      what TEXT NOT NULL,
      fingerprints BLOB NOT NULL
    ) STRICT;

    CREATE TABLE log_entries (
      idx INTEGER PRIMARY KEY CHECK (idx >= 0),
      rotation TEXT,
      bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 65534)
    ) STRICT;

    CREATE INDEX log_entries_by_rotation ON log_entries (rotation) WHERE rotation IS NOT NULL;

    CREATE TRIGGER log_entries_have_no_gaps BEFORE INSERT ON log_entries
      WHEN NEW.idx IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM log_entries)
      BEGIN SELECT RAISE(ABORT, 'a log entry takes the next place'); END;
    CREATE TRIGGER log_entries_never_change BEFORE UPDATE ON log_entries
      BEGIN SELECT RAISE(ABORT, 'a log entry never changes'); END;
    CREATE TRIGGER log_entries_are_never_deleted BEFORE DELETE ON log_entries
      BEGIN SELECT RAISE(ABORT, 'a log entry is never deleted'); END;
    CREATE TRIGGER key_history_never_changes BEFORE UPDATE ON key_history
      BEGIN SELECT RAISE(ABORT, 'a kid keeps its public key'); END;
    CREATE TRIGGER key_history_is_never_deleted BEFORE DELETE ON key_history
      BEGIN SELECT RAISE(ABORT, 'a kid keeps its public key'); END;
    CREATE TRIGGER rotations_are_never_deleted BEFORE DELETE ON rotations
      BEGIN SELECT RAISE(ABORT, 'a rotation is never deleted'); END;
    """
}
