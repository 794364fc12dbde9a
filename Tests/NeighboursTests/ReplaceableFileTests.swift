import Foundation
import Primitives
import RotationCore
import Testing

@testable import Neighbours

@Suite struct ReplaceableFileTests {
  @Test func `a change between read and replace is seen, and nothing is left behind`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      for change in [{ try put("changed", path) }, { try FileManager.default.removeItem(atPath: path) }]
        as [() throws -> Void]
      {
        try put("original", path)
        let file = try ReplaceableFile(path: path)
        let old = try file.read()
        try change()
        var refusal: ReplaceableFile.Refusal?
        do throws(ReplaceableFile.Refusal) { try file.replace(old, with: SecretBytes(utf8: "new")) } catch {
          refusal = error
        }
        #expect(refusal == .moved || refusal == .system(SystemError(number: ENOENT)))
        #expect(try names(in: folder).allSatisfy { $0 == ".env" })
      }
    }
  }

  @Test func `the same bytes in another file count as a change`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      try put("same", path)
      let file = try ReplaceableFile(path: path)
      let old = try file.read()
      try put("same", folder + "/other")
      rename(folder + "/other", path)
      var refusal: ReplaceableFile.Refusal?
      do throws(ReplaceableFile.Refusal) { try file.replace(old, with: SecretBytes(utf8: "new")) } catch {
        refusal = error
      }
      #expect(refusal == .moved)
      #expect(try text(of: path) == "same")
    }
  }

  @Test func `what a killed write left is removed, and nobody else's file`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      let leftover = folder + "/..env.keyturn-0123456789abcdef"
      let others = [
        "..env.keyturn-", "..env.keyturn-0123456789abcdef.bak", ".other.keyturn-0123456789abcdef", ".env.bak",
      ]
      try put("MASKINPORTEN_KID=k", path)
      for name in others { try put("x", folder + "/" + name) }
      try put("a private key", leftover)
      try await withLock(leftover) {
        _ = await DotenvTarget(.init(path: path), folder: folder, environment: [:], withheld: []).read()
        let kept = try names(in: folder)
        #expect(kept.contains("..env.keyturn-0123456789abcdef"))
      }
      _ = await DotenvTarget(.init(path: path), folder: folder, environment: [:], withheld: []).read()
      #expect(try names(in: folder) == (others + [".env"]).sorted())
    }
  }

  private func withLock(_ path: String, _ body: () async throws -> Void) async throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    #expect(flock(file, LOCK_EX | LOCK_NB) == 0)
    try await body()
    close(file)
  }

  @Test(
    arguments: [
      (EBUSY, "mount its folder"), (EXDEV, "mount its folder"), (ENOSPC, "disk is full"), (EDQUOT, "disk is full"),
      (EROFS, "read-only"), (EACCES, "permission denied"),
    ] as [(Int32, String)])
  func `a system's refusal is told with its remedy`(number: Int32, words: String) {
    #expect(SystemError(number: number).reason.contains(words))
  }

  @Test(.enabled(if: geteuid() != 0)) func `a folder without write permission refuses before anything is made`()
    async throws
  {
    try await withFolder { folder in
      try put("MASKINPORTEN_KID=old\n", folder + "/.env")
      chmod(folder, 0o500)
      defer { chmod(folder, 0o700) }
      let target = DotenvTarget(.init(path: folder + "/.env"), folder: folder, environment: [:], withheld: [])
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await target.write(try Signer.pair("new"), replacing: "old")
      }
      #expect(trouble?.kind == .rejected)
      #expect(try text(of: folder + "/.env") == "MASKINPORTEN_KID=old\n")
    }
  }
}
