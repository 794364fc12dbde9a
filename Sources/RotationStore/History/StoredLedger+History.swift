internal import Foundation
internal import GRDB
internal import RotationCore

extension StoredLedger {
  /// Newest first. Members are taken out of each document by SQLite, and entries are counted by their `event` alone: a
  /// state of thousands of rotations is listed without decoding any.
  package func history(_ filter: HistoryFilter = HistoryFilter()) throws -> [RotationSummary] {
    let tallies = try tallies(filter)
    var quarantines: [String: Duration] = [:]
    return try connection.read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, issuer, client_id, opened_at, phase, revision,
            document ->> '$.openedBy', document ->> '$.runbookName', document ->> '$.runbookDigest',
            document ->> '$.emergency', document ->> '$.since', document ->> '$.publishedAt',
            document ->> '$.verifiedAt', document ->> '$.retiredAt', document -> '$.timing.quarantine',
            document ->> '$.outgoing.kid', document ->> '$.outgoing.publicKey.thumbprint',
            document ->> '$.incoming.kid', document ->> '$.incoming.publicKey.thumbprint',
            document -> '$.rollback', document -> '$.failure'
          FROM rotations WHERE \(filter.condition) ORDER BY opened_at DESC, serial DESC
          """, arguments: filter.arguments)
      var summaries: [RotationSummary] = []
      while let row = try rows.next() {
        let written: String = row[14]
        let quarantine = try quarantines[written] ?? Document.decode(written)
        quarantines[written] = quarantine
        let id = RotationID(rawValue: row[0])
        summaries.append(try summary(id, row, quarantine: quarantine, tallies[id] ?? RotationTally()))
      }
      return summaries
    }
  }

  /// Canonical JSON escapes a quote inside a text, so that `"event":"` stands for the member alone.
  private func tallies(_ filter: HistoryFilter) throws -> [RotationID: RotationTally] {
    try connection.read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT rotation, sum(event = 'waiting"'), sum(event = 'refused"'), sum(event IN ('failed",', 'midway",'))
          FROM (
            SELECT rotation, CAST(substr(bytes, instr(bytes, CAST('"event":"' AS BLOB)) + 9, 8) AS TEXT) AS event
            FROM log_entries WHERE rotation IN (SELECT id FROM rotations WHERE \(filter.condition)))
          GROUP BY rotation
          """, arguments: filter.arguments)
      var tallies: [RotationID: RotationTally] = [:]
      while let row = try rows.next() {
        var tally = RotationTally()
        (tally.waits, tally.refusals, tally.failures) = (row[1], row[2], row[3])
        tallies[RotationID(rawValue: row[0])] = tally
      }
      return tallies
    }
  }
}

private func summary(_ id: RotationID, _ row: Row, quarantine: Duration, _ tally: RotationTally) throws
  -> RotationSummary
{
  guard let phase = Phase(rawValue: row[4]) else { throw Failure.damaged("a rotation in an unknown phase") }
  func date(_ index: Int) -> Date? {
    (row[index] as Double?).map(Date.init(timeIntervalSinceReferenceDate:))
  }
  func key(_ index: Int) -> RotationSummary.KeyName? {
    guard let kid = row[index] as String?, let thumbprint = row[index + 1] as String? else { return nil }
    return RotationSummary.KeyName(kid: KeyID(kid), thumbprint: Thumbprint(rawValue: thumbprint))
  }
  guard let openedAt = date(3), let since = date(10), let outgoing = key(15) else {
    throw Failure.damaged("a rotation without its beginning")
  }
  let emergency: Bool = row[9]
  let retiredAt = date(13)
  return RotationSummary(
    id: id, runbookName: row[7], runbookDigest: row[8], clientID: ClientID(row[2]), issuer: row[1],
    emergency: emergency, phase: phase, since: since, revision: row[5], openedAt: openedAt, openedBy: row[6],
    publishedAt: date(11), verifiedAt: date(12), retiredAt: retiredAt,
    quarantineEnds: retiredAt.map { emergency ? $0 : $0 + quarantine }, outgoing: outgoing, incoming: key(17),
    rollback: try (row[19] as String?).map(Document.decode), failure: try (row[20] as String?).map(Document.decode),
    tally: tally)
}

extension HistoryFilter {
  fileprivate var condition: String {
    """
    (:client IS NULL OR client_id = :client) AND (:since IS NULL OR opened_at >= :since)
      AND (:until IS NULL OR opened_at < :until)
      AND (:outcome IS NULL OR phase = :outcome OR (:outcome = 'open' AND phase <> 'retired'
        AND phase <> 'completed' AND phase <> 'rolledBack' AND phase <> 'abandoned'))
    """
  }

  fileprivate var arguments: StatementArguments {
    [
      "client": client?.rawValue, "since": since?.timeIntervalSinceReferenceDate,
      "until": until?.timeIntervalSinceReferenceDate, "outcome": outcome?.rawValue,
    ]
  }
}
