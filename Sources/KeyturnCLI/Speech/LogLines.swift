internal import Foundation
package import Logging
package import RotationCore

/// Structured logs on standard error, a line an entry: `2026-11-22T19:04:11Z info keyturn.serve request status=200 …`.
package struct LogLines: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel: Logger.Level = .info
  private let label: String
  private let streams: Streams
  private let clock: any WallClock

  package init(label: String, streams: Streams, clock: any WallClock) {
    self.label = label
    self.streams = streams
    self.clock = clock
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let members = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    let words = ["\(clock.now().iso8601) \(event.level) \(label) \(event.message)"]
      + members.map { "\($0.key)=\(Self.quoted("\($0.value)"))" }
    streams.err(words.joined(separator: " ") + "\n")
  }

  /// As it is where it is one plain word, else as a JSON string, so that no value can end its line.
  private static func quoted(_ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
    return isPlain && !value.isEmpty ? value : String(decoding: JSONValue.string(value).canonical, as: UTF8.self)
  }
}
