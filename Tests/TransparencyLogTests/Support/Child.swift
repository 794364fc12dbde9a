import Foundation

/// A finished child process.
struct Child {
  let status: Int32
  let output: Data
  let errors: String

  /// Finds `name` on PATH. The child sees PATH and nothing else of this process's environment.
  static func run(_ name: String, _ arguments: String..., in folder: String? = nil) throws -> Child {
    try run([name] + arguments, in: folder)
  }

  static func run(_ command: [String], in folder: String? = nil) throws -> Child {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let trouble = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Child(
      status: process.terminationStatus, output: text, errors: String(decoding: trouble, as: UTF8.self))
  }
}
