import Foundation
import KeyMaterial
import RotationCore

/// `keyturn simulate` as a neighbour, a state of its own, and rotations between them that wait for nothing.
final class Simulation {
  let program: String
  /// Files of this run; the state lies under it.
  let folder: String
  private let child: Child
  private let environment: [String: String]
  private let runbook: String
  private var kids = 0

  init(program: String, folder: String) throws {
    self.program = program
    self.folder = folder
    let child = try Child(
      program, ["simulate", "--dir", folder + "/sim", "--adds", "0", "--removals", "0", "--reload-time", "0"],
      in: folder)
    self.child = child
    guard let announced = Self.firstLine(of: child), let path = announced["runbook"]?.string,
      let environment = announced["environment"]?.object
    else { throw Trouble("keyturn simulate did not announce itself\n\(child.errorText)") }
    runbook = path
    self.environment = environment.compactMapValues(\.string)
  }

  deinit {
    child.send(SIGTERM)
    _ = child.wait(patience: 10)
  }

  var state: String { folder + "/state" }
  var target: String { folder + "/sim/.env" }

  /// Runs the program on the state.
  func run(_ arguments: [String], expecting: Set<Int32> = [0]) throws -> (end: Child.End, output: String) {
    try Child.run(
      program, arguments + ["--state", state], environment: environment, in: folder, expecting: expecting)
  }

  /// The same behind another program, such as a tracer.
  func run(behind tracer: [String], _ arguments: [String], adding variables: [String: String]) throws -> Child.End {
    try Child.run(
      tracer[0], tracer.dropFirst() + [program] + arguments + ["--state", state],
      environment: environment.merging(variables) { _, new in new }, in: folder
    ).end
  }

  func start(_ arguments: [String]) throws -> Child {
    try Child(program, arguments + ["--state", state], environment: environment, in: folder)
  }

  /// A key made, sealed and ready for the next rotation; the arguments that rotate to it, opening a new rotation.
  func prepareRotation() throws -> [String] {
    kids += 1
    let kid = KeyID("ready-\(kids)")
    let pair = try SealedKeyStore.makePair(bits: 3072) { _ in kid }
    let pem = "\(folder)/\(kid).pem"
    guard FileManager.default.createFile(atPath: pem, contents: nil, attributes: [.posixPermissions: 0o600]),
      let file = FileHandle(forWritingAtPath: pem)
    else { throw Trouble("\(pem) cannot be written") }
    pair.privateKey.withBytes { file.write(Data($0)) }
    try file.close()
    _ = try run(["keys", "adopt", "--kid", kid.rawValue, "--pem", pem])
    unlink(pem)
    return ["rotate", try runbook(using: kid), "--yes", "--new"]
  }

  /// The simulator's runbook with the key named and every wait at zero, in the same folder.
  private func runbook(using kid: KeyID) throws -> String {
    var text = try String(contentsOfFile: runbook, encoding: .utf8)
    text.replace(/(interval|propagation|overlap|settle): \w+/) { "\($0.output.1): 0s" }
    text.replace(/quarantine: \w+/, with: "quarantine: 30d")
    text.replace(/\nkey:\n/, with: "\nkey:\n  use: \(kid)\n  min_age: 0s\n")
    let path = "\(folder)/sim/\(kid).yaml"
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return path
  }

  private static func firstLine(of child: Child) -> JSONValue? {
    let end = Clock.now + 60
    while Clock.now < end {
      if let line = child.outputText.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first {
        return try? JSONValue(parsing: Data(line.utf8))
      }
      usleep(20_000)
    }
    return nil
  }
}
