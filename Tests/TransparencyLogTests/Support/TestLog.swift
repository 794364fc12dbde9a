import Foundation
import RotationCore
import Testing
import TransparencyLog

/// A folder that goes away with its owner.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("log-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// An Ed25519 key made and used by openssl, so that nothing of ours signs what we verify.
struct TestKey {
  let verifier: VerifierKey
  private let scratch: Scratch

  init(name: String = "keyturn.example/audit") throws {
    scratch = try Scratch()
    let made = try Child.run("openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem", in: scratch.path)
    let der = try Child.run("openssl", "pkey", "-in", "key.pem", "-pubout", "-outform", "DER", in: scratch.path)
    try #require(made.status == 0 && der.status == 0, "openssl made no key: \(made.errors)\(der.errors)")
    verifier = try VerifierKey(name: name, publicKey: der.output.suffix(32))
  }

  @Sendable func sign(_ text: Data) throws -> Data {
    let name = UUID().uuidString
    try text.write(to: URL(fileURLWithPath: scratch.path + "/" + name))
    let signed = try Child.run(
      "openssl", "pkeyutl", "-sign", "-inkey", "key.pem", "-rawin", "-in", name, in: scratch.path)
    try #require(signed.status == 0, "openssl signed nothing: \(signed.errors)")
    return signed.output
  }
}

/// A log with its folder and a store in memory.
struct TestLog {
  let key: TestKey
  let scratch: Scratch
  var leaves: [Data]

  init(_ count: Int, key: TestKey? = nil) throws {
    self.key = try key ?? TestKey()
    scratch = try Scratch()
    leaves = TestLog.leaves(count)
  }

  static func leaves(_ count: Int) -> [Data] {
    (0..<count).map { index in
      LogEntry(
        at: Date(timeIntervalSince1970: 1_795_000_000 + Double(index)), operator: "kari",
        rotation: RotationID(rawValue: "R-20261122-7F3K"), phase: .published, event: "publishKey",
        details: ["n": .integer(Int64(index)), "note": "nøkkel"]
      ).bytes
    }
  }

  var path: String { scratch.path + "/log" }
  var folder: LogFolder { LogFolder(path: path) }
  var publisher: LogPublisher { LogPublisher(folder: folder, key: key.verifier) }
  var verifier: LogVerifier { LogVerifier(folder: folder, key: key.verifier) }

  @discardableResult
  func publish(_ count: Int? = nil) throws -> Publication {
    try publisher.publish(LeafSource(Array(leaves.prefix(count ?? leaves.count))), sign: key.sign)
  }

  func verify(kept: [KeptCheckpoint] = []) throws -> LogReport {
    try verifier.verify(LeafSource(leaves), kept: kept)
  }

  /// Every file of the folder, by its path below it.
  var files: [String: Data] { Self.files(below: path) }

  static func files(below path: String) -> [String: Data] {
    var found: [String: Data] = [:]
    for name in FileManager.default.subpaths(atPath: path) ?? [] {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder), !isFolder.boolValue
      else { continue }
      found[name] = FileManager.default.contents(atPath: path + "/" + name)
    }
    return found
  }

  func write(_ bytes: Data, to name: String) throws {
    try bytes.write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }

  func mode(of name: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
    return try #require(attributes[.posixPermissions] as? Int)
  }
}

extension Data {
  /// This with one bit of one byte turned.
  func flipped(at offset: Int, mask: UInt8 = 0x01) -> Data {
    var copy = Data(self)
    copy[offset] ^= mask
    return copy
  }
}
