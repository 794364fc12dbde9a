internal import Foundation
internal import RotationCore

/// What is known of each client's keys in its portal, and when that was seen. Instants, as in `StateMetrics`.
package struct KeyMetrics {
  let keySets: [SeenKeySet]

  package init(keySets: [SeenKeySet]) { self.keySets = keySets }

  /// These families alone, in Prometheus' text format: a file for node_exporter's textfile collector.
  package var text: String {
    var metrics = PrometheusText()
    write(to: &metrics)
    return metrics.text
  }

  func write(to metrics: inout PrometheusText) {
    metrics.gauge(
      "keyturn_portal_seen_timestamp_seconds", "When the client's keys were last read in the portal.",
      keySets.map { .init($0.seenAt.timeIntervalSince1970, labels($0)) })
    metrics.gauge(
      "keyturn_portal_keys", "Keys that the portal listed then.",
      keySets.map { .init(Double($0.keys.count), labels($0)) })
    metrics.gauge(
      "keyturn_portal_key_not_after_timestamp_seconds", "When Maskinporten stops accepting the key.",
      keys { $0.expires })
    metrics.gauge(
      "keyturn_portal_key_latest_start_timestamp_seconds", "The last hour at which its rotation can safely begin.",
      keys { $0.latestSafeStart })
    metrics.gauge(
      "keyturn_portal_key_expiry_known", "0 where the portal does not say when the key expires.",
      keySets.flatMap { set in
        set.keys.map { .init($0.expires != nil, labels(set, $0)) }
      })
  }

  private func keys(_ instant: (KeyExpiry) -> Date?) -> [PrometheusText.Sample] {
    keySets.flatMap { set in
      set.keys.compactMap { key in instant(key).map { .init($0.timeIntervalSince1970, labels(set, key)) } }
    }
  }

  private func labels(_ set: SeenKeySet) -> KeyValuePairs<String, String> {
    ["issuer": set.issuer, "client_id": set.clientID.rawValue]
  }

  private func labels(_ set: SeenKeySet, _ key: KeyExpiry) -> KeyValuePairs<String, String> {
    ["issuer": set.issuer, "client_id": set.clientID.rawValue, "kid": key.kid.rawValue]
  }
}
