import Foundation
import RotationCore
import RotationStore
import RotationTestSupport
import Synchronization

@testable import KeyMaterial
@testable import KeyturnCLI

/// What a command said, in this process.
final class Transcript: Sendable {
  private let said = Mutex<(out: String, err: String)>(("", ""))

  var out: String { said.withLock(\.out) }
  var err: String { said.withLock(\.err) }

  /// Nobody is at the terminal, unless `answer` speaks for somebody.
  func streams(localTime: @escaping @Sendable (Date) -> String? = { _ in nil }, answer: String? = nil) -> Streams {
    Streams(
      out: { text in self.said.withLock { $0.out += text } }, err: { text in self.said.withLock { $0.err += text } },
      errIsTerminal: answer != nil, inIsTerminal: answer != nil, readLine: { answer },
      readSecret: { answer.map { SecretString($0) } }, localTime: localTime)
  }
}

/// An empty folder of a test's own, gone with it.
final class TestFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/keyturn-cli-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

  func write(_ text: String, as name: String) throws -> String {
    let file = path + "/" + name
    try Data(text.utf8).write(to: URL(filePath: file))
    return file
  }
}

extension SealingScheme {
  /// Takes no time, and protects nothing.
  static let cheap = SealingScheme(derivation: .scrypt(n: 16, r: 8, p: 1))
}

extension Configuration {
  static func test(
    _ environment: [String: String] = [:], in folder: String = "/nowhere", _ streams: Streams,
    clock: any WallClock = ManualClock()
  ) -> Configuration {
    Configuration(
      environment: environment, userAtHost: "ola@host", host: "host", process: 7, folder: folder, streams: streams,
      clock: clock, sealing: .cheap)
  }
}

/// Runs the program in this process.
func run(
  _ arguments: [String], _ environment: [String: String] = [:], in folder: TestFolder, answer: String? = nil,
  stop: StopSignal = StopSignal()
) async -> (status: Int32, out: String, err: String) {
  let transcript = Transcript()
  var configuration = Configuration.test(environment, in: folder.path, transcript.streams(answer: answer))
  configuration.stop = stop
  let status = await Program.run(arguments, configuration)
  return (status, transcript.out, transcript.err)
}

/// The newest entry of the log of a state in `folder`.
func lastEntry(in folder: TestFolder, _ state: String = "state") throws -> JSONValue? {
  let ledger = try LedgerFile.openForReading(folder: StateFolder(path: folder.path + "/" + state))
  let count = try ledger?.entryCount() ?? 0
  return try ledger?.entries(in: max(count - 1, 0)..<count).first.map { try JSONValue(parsing: $0.bytes) }
}
