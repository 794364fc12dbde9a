import ArgumentParser
import Foundation
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct PassphraseTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func session(_ environment: [String: String], answer: String? = nil) throws -> Session {
    let streams = Transcript().streams(answer: answer)
    return Session(.test(environment, in: folder.path, streams), try GlobalOptions.parse([]), command: "rotate")
  }

  private func text(_ secret: borrowing SecretBytes) -> String {
    secret.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `the variable comes before the file, the file before the credential`() throws {
    _ = try folder.write("from the file\n", as: "pass")
    _ = try folder.write("from systemd", as: "keyturn-passphrase")
    var environment = [
      "KEYTURN_PASSPHRASE": "from the variable", "KEYTURN_PASSPHRASE_FILE": "pass",
      "CREDENTIALS_DIRECTORY": folder.path,
    ]
    #expect(text(try Passphrase.required(session(environment), isNew: false)) == "from the variable")
    environment["KEYTURN_PASSPHRASE"] = nil
    #expect(text(try Passphrase.required(session(environment), isNew: false)) == "from the file")
    environment["KEYTURN_PASSPHRASE_FILE"] = nil
    #expect(text(try Passphrase.required(session(environment), isNew: false)) == "from systemd")
  }

  @Test func `one line break at the end of the file is not the passphrase`() throws {
    _ = try folder.write("a b \r\n", as: "crlf")
    _ = try folder.write("a\n\n", as: "two")
    #expect(text(try Passphrase.required(session(["KEYTURN_PASSPHRASE_FILE": "crlf"]), isNew: false)) == "a b ")
    #expect(text(try Passphrase.required(session(["KEYTURN_PASSPHRASE_FILE": "two"]), isNew: false)) == "a\n")
  }

  @Test(arguments: ["none", "empty", "line"]) func `a file without a passphrase is refused`(name: String) throws {
    _ = try folder.write("", as: "empty")
    _ = try folder.write("\n", as: "line")
    let session = try session(["KEYTURN_PASSPHRASE_FILE": name])
    #expect(throws: Failure.self) { _ = try Passphrase.required(session, isNew: false).count }
  }

  @Test func `without a terminal a missing passphrase is refused, on one it is asked for`() throws {
    let alone = try session([:])
    do {
      _ = try Passphrase.required(alone, isNew: false).count
      Issue.record("it was not refused")
    } catch { #expect(ExitStatus(error.code) == .refused) }
    #expect(text(try Passphrase.required(session([:], answer: "typed"), isNew: true)) == "typed")
  }
}
