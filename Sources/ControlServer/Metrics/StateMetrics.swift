internal import Foundation
internal import RotationCore

/// What a state says to a monitor. Instants, never ages or days left: `time() - x` is the monitor's to compute.
struct StateMetrics {
  let overview: Overview

  func write(to metrics: inout PrometheusText) {
    writeCounts(to: &metrics)
    writeLog(to: &metrics)
    writeCurrent(to: &metrics)
    writeWaiting(to: &metrics)
    KeyMetrics(keySets: overview.keySets).write(to: &metrics)
  }

  private func writeCounts(to metrics: inout PrometheusText) {
    metrics.gauge(
      "keyturn_rotations", "Rotations in the state, by the phase in which they stand.",
      Phase.allCases.map { phase in
        .init(Double(overview.phases[phase, default: 0]), ["phase": phase.rawValue])
      })
    metrics.gauge(
      "keyturn_last_success_timestamp_seconds", "When a rotation of the client last took the outgoing key out of use.",
      overview.current.compactMap { shown in shown.lastSuccess.map { sample($0, shown.rotation) } })
  }

  private func writeLog(to metrics: inout PrometheusText) {
    metrics.gauge("keyturn_log_entries", "Entries of the audit log.", [.init(Double(overview.entries))])
    metrics.gauge(
      "keyturn_log_signed_entries", "Entries of the audit log under its published checkpoint.",
      [.init(Double(overview.signedEntries))])
  }

  private func writeCurrent(to metrics: inout PrometheusText) {
    let current = overview.current
    metrics.gauge(
      "keyturn_rotation_info", "The client's open rotation, else its last one.",
      current.map { shown in
        let rotation = shown.rotation
        return .init(
          1,
          [
            "issuer": rotation.issuer, "client_id": rotation.clientID.rawValue, "rotation": rotation.id.rawValue,
            "runbook": rotation.runbookName, "outgoing": rotation.outgoing.kid.rawValue,
            "incoming": rotation.incoming?.kid.rawValue ?? "",
          ])
      })
    metrics.gauge(
      "keyturn_rotation_phase", "1 for the phase in which that rotation stands.",
      current.flatMap { shown in
        Phase.allCases.map { sample(shown.rotation.phase == $0, shown.rotation, "phase", $0.rawValue) }
      })
    metrics.gauge(
      "keyturn_rotation_opened_timestamp_seconds", "When it was opened.",
      current.map { sample($0.rotation.openedAt, $0.rotation) })
    metrics.gauge(
      "keyturn_rotation_phase_since_timestamp_seconds", "When its phase became true.",
      current.map { sample($0.rotation.since, $0.rotation) })
    metrics.gauge(
      "keyturn_rotation_safe_to_leave", "1 where nobody needs to stay at the desk.",
      current.map { sample($0.safeToLeave.holds, $0.rotation) })
    metrics.gauge(
      "keyturn_rotation_failed", "1 where a failure holds it.",
      current.map { sample($0.rotation.failure != nil, $0.rotation) })
    metrics.gauge(
      "keyturn_rotation_rollback_possible", "1 where a way back exists.",
      current.map { sample($0.wayBack.possible, $0.rotation) })
    metrics.gauge(
      "keyturn_rotation_quarantine_end_timestamp_seconds", "When the outgoing private key may be destroyed.",
      current.compactMap { shown in shown.rotation.quarantineEnds.map { sample($0, shown.rotation) } })
  }

  private func writeWaiting(to metrics: inout PrometheusText) {
    metrics.gauge(
      "keyturn_rotation_waiting", "1 for what its next step waits for.",
      overview.current.flatMap { shown in
        Waiting.On.allCases.map { sample(shown.waiting.on == $0, shown.rotation, "on", $0.rawValue) }
      })
    metrics.gauge(
      "keyturn_rotation_waiting_until_timestamp_seconds", "The hour that its next step waits for, where one is known.",
      overview.current.compactMap { shown in shown.waiting.until.map { sample($0, shown.rotation) } })
    metrics.gauge(
      "keyturn_rotation_guard", "1 for each guard of its next step that holds, 0 for each that does not.",
      overview.current.flatMap { shown in
        shown.guards.map { sample($0.holds, shown.rotation, "guard", $0.name) }
      })
  }

  private func sample(_ instant: Date, _ rotation: Rotation) -> PrometheusText.Sample {
    .init(instant.timeIntervalSince1970, ["issuer": rotation.issuer, "client_id": rotation.clientID.rawValue])
  }

  private func sample(_ claim: Bool, _ rotation: Rotation) -> PrometheusText.Sample {
    .init(claim, ["issuer": rotation.issuer, "client_id": rotation.clientID.rawValue])
  }

  private func sample(_ claim: Bool, _ rotation: Rotation, _ label: String, _ value: String)
    -> PrometheusText.Sample
  {
    .init(claim, ["issuer": rotation.issuer, "client_id": rotation.clientID.rawValue, label: value])
  }
}
