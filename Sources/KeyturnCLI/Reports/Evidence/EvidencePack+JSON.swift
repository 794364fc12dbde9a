internal import Foundation
internal import RotationCore

extension EvidencePack {
  /// `keyturn.evidence/v1`
  var json: JSONValue {
    [
      "schema": "keyturn.evidence/v1", "rotation": .string(rotation.id.rawValue),
      "runbook": .string(rotation.runbookName), "runbook_digest": .string(rotation.runbookDigest),
      "plan_digest": .string(rotation.planDigest), "client_id": .string(rotation.clientID.rawValue),
      "issuer": .string(rotation.issuer), "emergency": .bool(rotation.emergency),
      "manual_portal": .bool(rotation.manualPortal), "phase": .string(rotation.phase.rawValue),
      "since": .string(rotation.since.iso8601), "revision": .integer(Int64(rotation.revision)),
      "opened_at": .string(rotation.openedAt.iso8601), "opened_by": .string(rotation.openedBy),
      "operators": .array(people.map(JSONValue.string)),
      "clock_ahead_s": clockAhead.map { .number(($0 * 1000).rounded() / 1000) } ?? .null,
      "versions": ["written_by": .array(versions.map(JSONValue.string)), "shown_by": .string(version)],
      "keys": .array(keys.map(document)), "portal": portal, "proofs": .array(proofs.map(document)),
      "deployments": .array(deployments.map(document)),
      "verdicts": .array(judged.map(document)), "waits": .array(waits.map(document)),
      "troubles": .array(troubles.map(document)),
      "approvals": .array(
        rotation.approvals.map { approval in
          [
            "step": .string(approval.step.rawValue), "by": .string(approval.by),
            "at": .string(approval.at.iso8601), "reason": .string(approval.reason),
            "plan_digest": .string(approval.planDigest), "solo": .bool(approval.solo == true),
            "stale": .bool(approval.planDigest != rotation.planDigest && act(under: approval) == nil),
            "acted_entry": act(under: approval).map { .integer(Int64($0.index)) } ?? .null,
          ]
        }),
      "attestations": .array(
        rotation.attestations.sorted { $0.value.at < $1.value.at }.map { fact, word in
          ["fact": .string(fact.rawValue), "by": .string(word.by), "at": .string(word.at.iso8601)]
        }),
      "rollback": rotation.rollback.map { rollback in
        [
          "opened_at": .string(rollback.openedAt.iso8601), "by": .string(rollback.by),
          "reason": .string(rollback.reason), "from": .string(rollback.from.rawValue),
          "accept_tainted": .bool(rollback.acceptTainted),
        ]
      } ?? .null,
      "failure": rotation.failure?.json ?? .null, "timeline": timeline.json,
      "log": [
        "entries": .integer(Int64(timeline.lines.count)),
        "first": range.map { .integer(Int64($0.first)) } ?? .null,
        "last": range.map { .integer(Int64($0.last)) } ?? .null, "beyond_checkpoint": .integer(Int64(unsigned)),
        "checkpoint": seal.map { seal in
          [
            "size": .integer(Int64(seal.size)), "root": .string(seal.root), "note": .string(seal.note),
            "vkey": .string(seal.key),
          ]
        } ?? .null,
      ],
    ]
  }

  private var portal: JSONValue {
    [
      "before": .array(portalAtOpening.map(JSONValue.string)),
      "after": portalNow.map { .array($0.map(JSONValue.string)) } ?? .null,
      "seen_at": .optional(rotation.lastSeen.portalAt?.iso8601),
      "changes": .array(
        portalChanges.map { change in
          [
            "entry": .integer(Int64(change.index)), "at": .string(change.at), "step": .string(change.step),
            "before": .array(change.before.map(JSONValue.string)),
            "after": .array(change.after.map(JSONValue.string)),
          ]
        }),
    ]
  }

  private func document(_ named: (role: String, key: KeyReference)) -> JSONValue {
    [
      "role": .string(named.role), "kid": .string(named.key.kid.rawValue),
      "thumbprint": .string(named.key.thumbprint.rawValue), "jwk": named.key.jwk,
      "private_half_in_store": .bool(isSealed(named.key)),
    ]
  }

  private func document(_ proof: Grant) -> JSONValue {
    [
      "kid": .string(proof.kid.rawValue), "at": .string(proof.at), "granted": .bool(proof.granted),
      "words": .string(proof.words), "mp_code": .optional(proof.mpCode), "trace_id": .optional(proof.traceID),
    ]
  }

  private func document(_ deployment: Deployment) -> JSONValue {
    [
      "entry": .integer(Int64(deployment.index)), "at": .string(deployment.at), "step": .string(deployment.step),
      "target": .string(deployment.target), "how": .string(deployment.how),
    ]
  }

  private func document(_ judged: Judged) -> JSONValue {
    [
      "entry": .integer(Int64(judged.index)), "at": .string(judged.at), "step": .string(judged.step),
      "verdicts": .array(
        judged.verdicts.map { ["guard": .string($0.name), "holds": .bool($0.holds), "reason": .string($0.reason)] }),
    ]
  }

  private func document(_ line: Timeline.Line) -> JSONValue {
    [
      "entry": .integer(Int64(line.index)), "at": .string(line.at), "phase": .string(line.phase),
      "what": .string(line.what),
    ]
  }
}
