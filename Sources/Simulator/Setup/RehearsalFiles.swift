internal import Foundation
internal import RotationCore

#if canImport(Glibc)
  private import Glibc
  private let send = Glibc.write
#elseif canImport(Musl)
  private import Musl
  private let send = Musl.write
#elseif canImport(Darwin)
  private import Darwin
  private let send = Darwin.write
#endif

/// The files of a rehearsal: private (0600), and never in the place of a file that somebody else wrote.
struct RehearsalFiles {
  let folder: String

  /// First line of each file.
  static let mark = "# Written by keyturn's simulator for a rehearsal. Its keys open nothing."

  func path(of name: String) -> String { folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)" }

  /// Makes the folder (0700) if need be.
  func write(_ text: String, as name: String, marked: Bool = true) throws {
    let path = path(of: name)
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let present = FileManager.default.contents(atPath: path)
    if let present, marked, !present.starts(with: Data(Self.mark.utf8)) {
      throw Failure(
        .refused, "\(path) is there already and is not the simulator's; it was left as it is",
        remedy: ["give an empty folder"])
    }
    let file = open(path, O_WRONLY | O_CREAT | (present == nil ? O_EXCL : O_TRUNC) | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.unwritable(path) }
    defer { close(file) }
    guard fchmod(file, 0o600) == 0 else { throw Self.unwritable(path) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { send(file, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw Self.unwritable(path) }
      bytes = bytes.dropFirst(written)
    }
  }

  /// What an app's loader reads from one of them.
  func variables(in name: String) throws -> [String: String] {
    let bytes = FileManager.default.contents(atPath: path(of: name)) ?? Data()
    return EnvironmentFile.parse(String(decoding: bytes, as: UTF8.self))
  }

  /// The app's environment, the pair in single quotes as the runbook says.
  static func environment(client: ClientID, kid: KeyID, pem: String, secret: String) -> String {
    """
    \(mark)
    NODE_ENV=production
    MASKINPORTEN_MODE=live
    MASKINPORTEN_CLIENT_ID=\(client)
    MASKINPORTEN_KID='\(kid)'
    MASKINPORTEN_PRIVATE_KEY='\(pem)'
    INTERNAL_API_SECRET=\(secret)

    """
  }

  private static func unwritable(_ path: String) -> Failure {
    Failure(
      .inputInvalid, "\(path) cannot be written: \(String(cString: strerror(errno)))",
      remedy: ["give a folder that can be written"])
  }
}
