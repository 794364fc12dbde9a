#ifndef CBASELINE_H
#define CBASELINE_H

/// The floor under the ledger: a C loop over SQLite that commits the rows of one step, and does nothing else.
typedef struct baseline baseline;

/// Opens the ledger at `path`, a closed one of which this is the only user; its newest rotation, open intent and log
/// entry are what each step writes again. With `plain_path`, the same statements run in a new database there, whose
/// tables have the same columns but no checks, triggers, references or secure deletion. Null on failure.
baseline *baseline_open(const char *path, const char *plain_path);

/// Commits `steps` steps, each durable (WAL, synchronous=FULL): a rotation updated, an intent deleted and one inserted,
/// a log entry appended. Returns the seconds that took; negative on failure.
double baseline_run(baseline *loop, int steps);

/// The bytes of the rows that one step writes; 0 when nothing is open.
long baseline_row_bytes(const baseline *loop);

void baseline_close(baseline *loop);

#endif
