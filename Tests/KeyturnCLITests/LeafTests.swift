import Foundation
import Primitives
import RotationCore
import RotationStore
import Simulator
import Testing

@testable import KeyturnCLI

/// What stands in the log after a rotation, and what does not.
@Suite struct LeafTests {
  @Test func `every event of a rotation is a canonical entry without a secret`() async throws {
    let state = try await RotatedState()
    let ledger = try #require(try LedgerFile.openForReading(folder: StateFolder(path: state.stage.statePath)))
    let entries = try ledger.entries(in: 0..<ledger.entryCount())
    #expect(entries.count >= 20)
    var events: Set<String> = []
    var sealed: [KeyID] = []
    let secrets = try secrets(of: state)
    #expect(secrets.count > 20)
    for entry in entries {
      let value = try JSONValue(parsing: entry.bytes)
      #expect(value.canonical == entry.bytes && entry.bytes.count < LogEntry.sizeLimit)
      for member in ["at", "operator", "rotation", "phase", "event"] { #expect(value[member] != nil) }
      let text = String(decoding: entry.bytes, as: UTF8.self)
      for secret in secrets where text.contains(secret) { Issue.record("entry \(entry.index) holds a secret") }
      events.insert(try #require(value["event"]?.string))
      if value["event"] == "key_sealed" { sealed.append(KeyID(value["kid"]?.string ?? "")) }
    }
    #expect(events.isSuperset(of: ["opened", "key_sealed", "intent", "outcome", "waiting", "key_destroyed"]))
    #expect(sealed == [state.rotation.outgoing.kid, state.rotation.incoming?.kid].compactMap(\.self))
    await state.stage.close()
  }

  /// The passphrase, and every line of every private key that the targets and the environment hold.
  private func secrets(of state: RotatedState) throws -> [String] {
    var texts = Array(state.stage.scenario.environment.values)
    for name in FileManager.default.subpaths(atPath: state.folder.path) ?? [] where name.hasSuffix(".env") {
      texts.append(try String(contentsOfFile: state.folder.path + "/" + name, encoding: .utf8))
    }
    let lines = texts.flatMap { $0.replacing("\\n", with: "\n").split(separator: "\n") }
    let passphrase = state.stage.scenario.environment["KEYTURN_PASSPHRASE"]
    return lines.filter { $0.count == 64 && !$0.contains(" ") }.map(String.init) + (passphrase.map { [$0] } ?? [])
      + ["PRIVATE KEY", "eyJ"]
  }
}
