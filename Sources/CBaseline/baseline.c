#include "CBaseline.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BEGIN, COMMIT, UPDATE, APPEND, CLOSE, OPEN, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    "BEGIN IMMEDIATE",
    "COMMIT",
    "UPDATE rotations SET phase = ?1, revision = ?2, document = ?3 WHERE id = ?4 AND revision = ?5",
    "INSERT INTO log_entries (idx, rotation, bytes) VALUES (?1, ?2, ?3)",
    "DELETE FROM intents WHERE rotation = ?1 AND id = ?2",
    "INSERT INTO intents (rotation, id, step, opened_at, opened_by, writes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
};

static const char *const plain_tables =
    "CREATE TABLE rotations (id TEXT PRIMARY KEY, phase TEXT, revision INTEGER, document TEXT);"
    "CREATE TABLE intents (rotation TEXT PRIMARY KEY, id TEXT, step TEXT, opened_at REAL, opened_by TEXT, writes TEXT)"
    " WITHOUT ROWID;"
    "CREATE TABLE log_entries (idx INTEGER PRIMARY KEY, rotation TEXT, bytes BLOB);"
    "CREATE INDEX log_entries_by_rotation ON log_entries (rotation);";

struct baseline {
  sqlite3 *db;
  sqlite3_stmt *statement[STATEMENTS];
  char *rotation, *phase, *intent, *step, *opened_by, *writes;
  /// The document, with room for a longer revision; `tail` follows its digits.
  char *document, *digits, *tail;
  void *leaf;
  int leaf_size;
  double opened_at;
  sqlite3_int64 revision, next_index;
};

static char *text(sqlite3_stmt *row, int column) {
  const unsigned char *value = sqlite3_column_text(row, column);
  return value ? strdup((const char *)value) : NULL;
}

/// Copies the document and finds the revision in it, which each step changes.
static int take_document(baseline *loop, const char *document) {
  static const char *const name = "\"revision\":";
  if (!document || !(loop->document = malloc(strlen(document) + 32))) return 0;
  strcpy(loop->document, document);
  char *found = strstr(loop->document, name);
  if (!found) return 0;
  loop->digits = found + strlen(name);
  loop->tail = strdup(loop->digits + strspn(loop->digits, "0123456789"));
  return loop->tail != NULL;
}

/// Reads what each step is to write.
static int take_rows(baseline *loop) {
  static const char *const query =
      "SELECT r.id, r.phase, r.revision, r.document, i.id, i.step, i.opened_at, i.opened_by, i.writes,"
      " l.idx, l.bytes FROM rotations r JOIN intents i ON i.rotation = r.id JOIN log_entries l ON l.rotation = r.id"
      " ORDER BY l.idx DESC LIMIT 1";
  sqlite3_stmt *row;
  if (sqlite3_prepare_v2(loop->db, query, -1, &row, NULL) != SQLITE_OK) return 0;
  int found = sqlite3_step(row) == SQLITE_ROW;
  if (found) {
    loop->rotation = text(row, 0);
    loop->phase = text(row, 1);
    loop->revision = sqlite3_column_int64(row, 2);
    const char *document = (const char *)sqlite3_column_text(row, 3);
    loop->intent = text(row, 4);
    loop->step = text(row, 5);
    loop->opened_at = sqlite3_column_double(row, 6);
    loop->opened_by = text(row, 7);
    loop->writes = text(row, 8);
    loop->next_index = sqlite3_column_int64(row, 9) + 1;
    loop->leaf_size = sqlite3_column_bytes(row, 10);
    loop->leaf = malloc(loop->leaf_size > 0 ? (size_t)loop->leaf_size : 1);
    if (loop->leaf) memcpy(loop->leaf, sqlite3_column_blob(row, 10), (size_t)loop->leaf_size);
    found = loop->rotation && loop->phase && loop->intent && loop->step && loop->opened_by && loop->writes
            && loop->leaf && take_document(loop, document);
  }
  sqlite3_finalize(row);
  return found;
}

static int run(sqlite3 *db, const char *statements) {
  return sqlite3_exec(db, statements, NULL, NULL, NULL) == SQLITE_OK;
}

static int done(sqlite3_stmt *statement) {
  int result = sqlite3_step(statement);
  return sqlite3_reset(statement) == SQLITE_OK && result == SQLITE_DONE;
}

static void bind(sqlite3_stmt *statement, int place, const char *value) {
  sqlite3_bind_text(statement, place, value, -1, SQLITE_STATIC);
}

/// Moves to a database of its own at `path`, holding the rotation and its intent.
static int move_to_plain(baseline *loop, const char *path) {
  sqlite3_close(loop->db);
  loop->db = NULL;
  if (sqlite3_open(path, &loop->db) != SQLITE_OK || !run(loop->db, plain_tables)) return 0;
  sqlite3_stmt *rotation, *intent;
  static const char *const first = "INSERT INTO rotations (id, revision) VALUES (?1, ?2)";
  static const char *const second = "INSERT INTO intents (rotation, id) VALUES (?1, ?2)";
  if (sqlite3_prepare_v2(loop->db, first, -1, &rotation, NULL) != SQLITE_OK) return 0;
  bind(rotation, 1, loop->rotation);
  sqlite3_bind_int64(rotation, 2, loop->revision);
  int is_there = done(rotation);
  sqlite3_finalize(rotation);
  if (sqlite3_prepare_v2(loop->db, second, -1, &intent, NULL) != SQLITE_OK) return 0;
  bind(intent, 1, loop->rotation);
  bind(intent, 2, loop->intent);
  is_there = is_there && done(intent);
  sqlite3_finalize(intent);
  return is_there;
}

/// What stays bound from step to step.
static void bind_rows(baseline *loop) {
  sqlite3_stmt **statement = loop->statement;
  bind(statement[UPDATE], 1, loop->phase);
  bind(statement[UPDATE], 4, loop->rotation);
  bind(statement[APPEND], 2, loop->rotation);
  sqlite3_bind_blob(statement[APPEND], 3, loop->leaf, loop->leaf_size, SQLITE_STATIC);
  bind(statement[CLOSE], 1, loop->rotation);
  bind(statement[CLOSE], 2, loop->intent);
  bind(statement[OPEN], 1, loop->rotation);
  bind(statement[OPEN], 2, loop->intent);
  bind(statement[OPEN], 3, loop->step);
  sqlite3_bind_double(statement[OPEN], 4, loop->opened_at);
  bind(statement[OPEN], 5, loop->opened_by);
  bind(statement[OPEN], 6, loop->writes);
}

baseline *baseline_open(const char *path, const char *plain_path) {
  baseline *loop = calloc(1, sizeof *loop);
  if (!loop) return NULL;
  int ready = sqlite3_open_v2(path, &loop->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && take_rows(loop);
  if (ready && plain_path) ready = move_to_plain(loop, plain_path);
  ready = ready && run(loop->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0");
  if (!plain_path)
    ready = ready
            && run(loop->db, "PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;"
                             "PRAGMA cell_size_check = ON");
  for (int i = 0; ready && i < STATEMENTS; i++)
    ready = sqlite3_prepare_v3(loop->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &loop->statement[i], NULL)
            == SQLITE_OK;
  if (!ready) {
    fprintf(stderr, "baseline: %s\n", loop->db ? sqlite3_errmsg(loop->db) : "no database");
    baseline_close(loop);
    return NULL;
  }
  bind_rows(loop);
  return loop;
}

double baseline_run(baseline *loop, int steps) {
  sqlite3_stmt **statement = loop->statement;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < steps; i++) {
    int length = sprintf(loop->digits, "%lld", (long long)loop->revision + 1);
    strcpy(loop->digits + length, loop->tail);
    bind(statement[UPDATE], 3, loop->document);
    sqlite3_bind_int64(statement[UPDATE], 2, loop->revision + 1);
    sqlite3_bind_int64(statement[UPDATE], 5, loop->revision);
    sqlite3_bind_int64(statement[APPEND], 1, loop->next_index);
    for (int s = 0; s < STATEMENTS; s++) {
      int order = s == 0 ? BEGIN : s == STATEMENTS - 1 ? COMMIT : s + 1;
      if (!done(statement[order])) {
        fprintf(stderr, "baseline: %s\n", sqlite3_errmsg(loop->db));
        return -1;
      }
      if (order == UPDATE && sqlite3_changes(loop->db) != 1) return -1;
    }
    loop->revision++;
    loop->next_index++;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

long baseline_row_bytes(const baseline *loop) {
  if (!loop) return 0;
  return (long)(strlen(loop->document) + strlen(loop->writes) + strlen(loop->intent)) + loop->leaf_size;
}

void baseline_close(baseline *loop) {
  if (!loop) return;
  for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(loop->statement[i]);
  sqlite3_close(loop->db);
  free(loop->rotation);
  free(loop->phase);
  free(loop->document);
  free(loop->tail);
  free(loop->intent);
  free(loop->step);
  free(loop->opened_by);
  free(loop->writes);
  free(loop->leaf);
  free(loop);
}
