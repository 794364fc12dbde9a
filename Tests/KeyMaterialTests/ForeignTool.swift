import Foundation
import Testing

/// A program that we did not write, asked for a second opinion. Where it is missing, its tests are skipped on a desk
/// and fail in CI (`CI=true`).
struct ForeignTool: Sendable {
  static let openssl = ForeignTool("openssl")
  static let node = ForeignTool("node")
  static let jose = ForeignTool("jose")
  /// Python with PyPI's joserfc.
  static let joserfc = ForeignTool("python3", probe: ["-c", "import joserfc"])

  struct Answer {
    let status: Int32
    let output: Data
    let complaint: String
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  let name: String
  private let path: String?

  private init(_ name: String, probe: [String]? = nil) {
    self.name = name
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    let found = folders.map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
    if let probe, let found, (try? Self.run(found, probe, input: Data()))?.status != 0 {
      path = nil
    } else {
      path = found
    }
  }

  /// For `.enabled(if:)`: in CI a test runs, and fails, without its tool.
  var isPresentOrDemanded: Bool { path != nil || ProcessInfo.processInfo.environment["CI"] == "true" }

  func run(_ arguments: [String], input: Data = Data()) throws -> Answer {
    try Self.run(#require(path, "\(name) is missing, and CI demands it"), arguments, input: input)
  }

  /// The output of a run that must succeed.
  func output(_ arguments: [String], input: Data = Data()) throws -> Data {
    let answer = try run(arguments, input: input)
    try #require(answer.status == 0, "\(name) \(arguments): \(answer.complaint)")
    return answer.output
  }

  private static func run(_ path: String, _ arguments: [String], input: Data) throws -> Answer {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, stderr)
    try process.run()
    try? stdin.fileHandleForWriting.write(contentsOf: input)
    try stdin.fileHandleForWriting.close()
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    let complaint = String(decoding: stderr.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Answer(status: process.terminationStatus, output: output, complaint: complaint)
  }
}

/// A folder for one test (0700), removed with it.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "keyturn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes a file (0600) and gives its path.
  func file(_ name: String, _ content: Data) throws -> String {
    let path = folder.appending(path: name).path
    try #require(
      FileManager.default.createFile(atPath: path, contents: content, attributes: [.posixPermissions: 0o600]))
    return path
  }
}
