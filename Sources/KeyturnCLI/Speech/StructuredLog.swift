private import Foundation
internal import Logging
internal import RotationCore

/// Log lines for machines, on standard error: one RFC 8785 JSON object a line with `at`, `level`, `logger`, `message`
/// and the line's own members.
struct StructuredLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var logLevel: Logger.Level

  private let label: String
  private let streams: Streams
  private let clock: any WallClock

  /// `KEYTURN_LOG` names the least level that is written, or `off`. Without it a terminal is spared what went well.
  static func logger(_ label: String, _ configuration: Configuration) -> Logger {
    let named = configuration.variable("KEYTURN_LOG").map { $0.lowercased() }
    guard named != "off" else { return Logger(label: label, factory: { _ in SwiftLogNoOpLogHandler() }) }
    let level =
      named.flatMap(Logger.Level.init(rawValue:)) ?? (configuration.streams.errIsTerminal ? .warning : .info)
    return Logger(label: label) { StructuredLog(label: $0, level: level, configuration) }
  }

  private init(label: String, level: Logger.Level, _ configuration: Configuration) {
    self.label = label
    logLevel = level
    streams = configuration.streams
    clock = configuration.clock
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var members = metadata.merging(event.metadata ?? [:]) { _, own in own }.mapValues(Self.json)
    members["at"] = .string(clock.now().iso8601)
    members["level"] = .string(event.level.rawValue)
    members["logger"] = .string(label)
    members["message"] = .string("\(event.message)")
    streams.err(String(decoding: JSONValue.object(members).canonical, as: UTF8.self) + "\n")
  }

  private static func json(_ value: Logger.MetadataValue) -> JSONValue {
    switch value {
    case .string(let text): return .string(text)
    case .stringConvertible(let other):
      if let number = other as? any BinaryInteger { return .integer(Int64(clamping: number)) }
      return .string(other.description)
    case .array(let items): return .array(items.map(json))
    case .dictionary(let members): return .object(members.mapValues(json))
    }
  }
}
