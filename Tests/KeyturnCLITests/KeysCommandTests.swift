import Foundation
import KeyMaterial
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite(.serialized) struct KeysCommandTests {
  let folder: TestFolder
  let environment = ["KEYTURN_PASSPHRASE": "correct horse"]

  init() throws { folder = try TestFolder() }

  private func keyturn(_ arguments: String..., environment extra: [String: String] = [:]) async -> (
    status: Int32, out: String, err: String
  ) {
    await run(arguments, environment.merging(extra) { $1 }, in: folder)
  }

  private func pem() throws -> String {
    let pair = try SealedKeyStore.makePair { _ in KeyID("x") }
    return pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  private func kids() async throws -> [String] {
    let list = await keyturn("keys", "list", "--json")
    return try JSONValue(parsing: Data(list.out.utf8))["keys"]?.array?.compactMap { $0["kid"]?.string } ?? []
  }

  /// Everything that was written into the state.
  private func stateBytes() -> String {
    let names = FileManager.default.enumerator(atPath: folder.path + "/state")?.compactMap { $0 as? String } ?? []
    return names.compactMap { FileManager.default.contents(atPath: folder.path + "/state/" + $0) }
      .map { String(decoding: $0, as: UTF8.self) }.joined()
  }

  @Test func `a key is adopted, listed, emitted in four forms and destroyed`() async throws {
    let pem = try pem()
    let file = try folder.write(pem, as: "live.pem")
    let adopted = await keyturn("keys", "adopt", "--kid", "live-1", "--pem", file)
    #expect(adopted.status == 0)
    #expect(adopted.out.hasPrefix("kid live-1 is sealed in the store now"))
    #expect(await keyturn("keys", "adopt", "--kid", "live-1", "--pem", file).out.contains("was in the store already"))
    #expect(try await kids() == ["live-1"])

    let jwk = try JSONValue(parsing: Data(await keyturn("keys", "emit", "live-1").out.utf8))
    #expect(jwk.object.map { Set($0.keys) } == ["kty", "use", "alg", "kid", "n", "e"])
    #expect(jwk["kid"] == "live-1")
    #expect(try JSONValue(parsing: Data(await keyturn("keys", "emit", "live-1", "--form", "array").out.utf8)) == [jwk])
    #expect(
      try JSONValue(parsing: Data(await keyturn("keys", "emit", "live-1", "--form", "set").out.utf8))
        == ["keys": [jwk]])
    let spki = await keyturn("keys", "emit", "live-1", "--form", "pem").out
    #expect(spki.hasPrefix("-----BEGIN PUBLIC KEY-----\n") && spki.hasSuffix("-----END PUBLIC KEY-----\n"))
    #expect(await keyturn("keys", "emit", "live-1", "--form", "der").status == 64)

    for line in pem.split(separator: "\n") where !line.hasPrefix("-----") { #expect(!stateBytes().contains(line)) }
    #expect(await keyturn("keys", "destroy", "live-1").status == 0)
    #expect(try await kids() == [])
    #expect(await keyturn("keys", "destroy", "live-1").status == 3)
    let report = try JSONValue(parsing: Data(await keyturn("audit", "verify", "--json").out.utf8))
    #expect(report["verified"] == true)
    #expect(report["beyond_checkpoint"] == 1)
  }

  @Test func `a kid keeps its key, and what is no key is refused`() async throws {
    let first = try folder.write(try pem(), as: "a.pem")
    let other = try folder.write(try pem(), as: "b.pem")
    #expect(await keyturn("keys", "adopt", "--kid", "k", "--pem", first).status == 0)
    let again = await keyturn("keys", "adopt", "--kid", "k", "--pem", other)
    #expect(again.status == 3)
    #expect(again.err.contains("kid k was used with another public key before"))
    let refused = try #require(try lastEntry(in: folder))
    #expect(refused["event"] == "refused" && refused["kid"] == "k" && refused["operator"] != nil)
    #expect(refused["reason"] == "kid k was used with another public key before; nothing was changed")
    let report = try JSONValue(parsing: Data(await keyturn("audit", "verify", "--json").out.utf8))
    #expect(report["verified"] == true && report["beyond_checkpoint"] == 0)
    let bad = try folder.write("-----BEGIN NOTHING-----\n", as: "c.pem")
    let unusable = await keyturn("keys", "adopt", "--kid", "c", "--pem", bad)
    #expect(unusable.status == 65)
    #expect(await keyturn("keys", "adopt", "--kid", "c", "--pem", folder.path + "/none").status == 65)
    #expect(try await kids() == ["k"])
  }

  @Test func `one private half is kept under one kid, so that destroying it destroys it`() async throws {
    let file = try folder.write(try pem(), as: "live.pem")
    #expect(await keyturn("keys", "adopt", "--kid", "first", "--pem", file).status == 0)
    let second = await keyturn("keys", "adopt", "--kid", "second", "--pem", file)
    #expect(second.status == 3)
    #expect(second.err.contains("sealed under kid first already"))
    let refused = try #require(try lastEntry(in: folder))
    #expect(refused["event"] == "refused" && refused["kid"] == "second")
    #expect(second.err.contains("keyturn keys destroy first"))
    #expect(try await kids() == ["first"])
    #expect(await keyturn("keys", "destroy", "first").out.contains("no sealed copy is left"))
    #expect(await keyturn("keys", "adopt", "--kid", "second", "--pem", file).status == 0)
  }

  @Test(arguments: ["", "a b", "a\u{1B}[31m", "a\nb", "a\u{202E}b", "æ", String(repeating: "k", count: 129)])
  func `a kid that the portal would not take is refused`(kid: String) async throws {
    let file = try folder.write(try pem(), as: "live.pem")
    let said = await keyturn("keys", "adopt", "--kid", kid, "--pem", file)
    #expect(said.status == 65)
    #expect(!said.err.contains("\u{1B}"))
    #expect(folder.names == ["live.pem"])
  }

  @Test func `without a passphrase nothing is made`() async throws {
    let file = try folder.write(try pem(), as: "live.pem")
    let said = await run(["keys", "adopt", "--kid", "k", "--pem", file], in: folder)
    #expect(said.status == 3)
    #expect(folder.names == ["live.pem"])
    #expect(
      await run(["keys", "list"], in: folder).out == "there is no state in \(folder.path)/state: no key is known\n")
  }

  @Test func `the passphrase is changed for every key at once`() async throws {
    for name in ["a", "b"] {
      let file = try folder.write(try pem(), as: "\(name).pem")
      #expect(await keyturn("keys", "adopt", "--kid", name, "--pem", file).status == 0)
    }
    #expect(await keyturn("keys", "reseal").status == 3)
    let resealed = await keyturn("keys", "reseal", environment: ["KEYTURN_NEW_PASSPHRASE": "battery staple"])
    #expect(resealed.status == 0)
    let file = try folder.write(try pem(), as: "c.pem")
    #expect(await keyturn("keys", "adopt", "--kid", "c", "--pem", file).status == 1)
    #expect(
      await keyturn(
        "keys", "adopt", "--kid", "c", "--pem", file, environment: ["KEYTURN_PASSPHRASE": "battery staple"]
      ).status == 0)
    #expect(try await kids().sorted() == ["a", "b", "c"])
    #expect(await keyturn("audit", "verify").status == 0)
  }

  @Test func `a key that something needs is not destroyed`() {
    let rotation = Sample.proven()
    let (old, new) = (KeyID("old"), KeyID("new"))
    #expect(KeyUse(of: old, [rotation]).reasons.contains { $0.contains("names it as outgoing") })
    #expect(KeyUse(of: new, [rotation]).reasons.contains { $0.contains("names it as incoming") })

    var over = rotation
    over.phase = .rolledBack
    over.lastSeen.portal = PortalKeySet(keys: [PortalKey(Sample.key("old"))])
    over.lastSeen.targets = ["dotenv:.env": .some(old)]
    over.lastSeen.targetsAt = Sample.now
    #expect(KeyUse(of: new, [over]).reasons == [])
    #expect(KeyUse(of: old, [over]).reasons.contains { $0.contains("dotenv:.env held it") })
    #expect(KeyUse(of: old, [over]).reasons.contains { $0.contains("the portal of client client listed it") })

    // A later look at the same places counts, whichever rotation made it.
    var later = Sample.proven()
    later.phase = .completed
    later.lastSeen.portal = PortalKeySet(keys: [PortalKey(Sample.key("third"))])
    later.lastSeen.portalAt = Sample.date("2026-11-23T19:04:00Z")
    later.lastSeen.targets = ["dotenv:.env": .some(KeyID("third"))]
    later.lastSeen.targetsAt = Sample.date("2026-11-23T19:04:00Z")
    #expect(KeyUse(of: old, [later, over]).reasons == [])
    #expect(KeyUse(of: old, [later, over]).reasons == KeyUse(of: old, [over, later]).reasons)
  }

  @Test func `a copy of the state is made and becomes a state`() async throws {
    let file = try folder.write(try pem(), as: "live.pem")
    #expect(await keyturn("keys", "adopt", "--kid", "k", "--pem", file).status == 0)
    let copy = folder.path + "/copy"
    #expect(await keyturn("state", "backup", copy).status == 0)
    #expect(await keyturn("state", "backup", copy).status == 3)
    let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(await keyturn("state", "restore", copy).status == 3)
    let restored = await keyturn("state", "restore", copy, "--state", "other")
    #expect(restored.status == 0)
    let last = try #require(try lastEntry(in: folder, "other"))
    #expect(last["event"] == "state_restored" && last["observe_first"] == [])
    let list = await keyturn("keys", "list", "--state", "other")
    #expect(list.out.contains("k "))
    #expect(await keyturn("state", "restore", folder.path + "/none", "--state", "third").status == 65)
  }
}
