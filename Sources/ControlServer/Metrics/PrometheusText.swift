/// Metrics in Prometheus' text format 0.0.4, a family at a time.
struct PrometheusText {
  static let type = "text/plain; version=0.0.4; charset=utf-8"

  struct Sample {
    var labels: KeyValuePairs<String, String>
    var value: Double

    init(_ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
      self.labels = labels
      self.value = value
    }

    init(_ claim: Bool, _ labels: KeyValuePairs<String, String> = [:]) { self.init(claim ? 1 : 0, labels) }
  }

  private(set) var text = ""

  /// Left out where there is no sample.
  mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) { family(name, "gauge", help, samples) }

  /// As `gauge`; the name ends in `_total`.
  mutating func counter(_ name: String, _ help: String, _ samples: [Sample]) { family(name, "counter", help, samples) }

  private mutating func family(_ name: String, _ kind: String, _ help: String, _ samples: [Sample]) {
    if samples.isEmpty { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    for sample in samples {
      let labels = sample.labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
      text += name + (labels.isEmpty ? "" : "{\(labels)}") + " \(sample.value)\n"
    }
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
