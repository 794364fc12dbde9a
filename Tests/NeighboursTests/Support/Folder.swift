import Foundation

/// A folder of its own for the time of `body`; absolute, without symbolic links.
func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
  let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    .appending(path: "keyturn-neighbours-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(
    atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

/// Writes `text` with exactly this mode.
func put(_ text: String, _ path: String, mode: Int = 0o600) throws {
  guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else { throw POSIXError(.EIO) }
  try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}

func text(of path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
}

func mode(of path: String) throws -> Int {
  (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? -1
}

func inode(of path: String) throws -> Int {
  (try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? NSNumber)?.intValue ?? -1
}

func names(in folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// A program that others wrote, for a second opinion.
enum ForeignTool {
  /// Runs it with this environment and returns its output; throws for a non-zero exit.
  static func output(_ argv: [String], environment: [String: String]? = nil) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = argv
    if let environment { process.environment = environment }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw POSIXError(.ECHILD) }
    return bytes
  }

  static func has(_ argv: String...) -> Bool { (try? output(argv)) != nil }
}

func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
