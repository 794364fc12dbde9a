import Foundation
import Primitives
import Testing

@Suite struct DraftTests {
  private func inFolder(_ body: (String, borrowing OwnedDescriptor) throws -> Void) throws {
    let folder = try TemporaryFolder(named: "draft", in: FileManager.default.temporaryDirectory.path)
    defer { folder.remove() }
    try body(folder.path, try OwnedDescriptor(folder: folder.path))
  }

  private func names(_ path: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }

  @Test func `a draft takes its place whole, with the mode that it was given`() throws {
    try inFolder { path, folder in
      #expect(FileManager.default.createFile(atPath: path + "/file", contents: Data("old".utf8)))
      do {
        var draft = try Draft(named: "file.tmp", in: folder.number)
        #expect(try draft.file.information().st_mode & 0o7777 == 0o600)
        try draft.take(mode: 0o644)
        try draft.file.write(Data("new".utf8))
        try draft.file.flush()
        #expect(FileManager.default.contents(atPath: path + "/file") == Data("old".utf8))
        try draft.replace("file")
      }
      try folder.flush()
      #expect(try names(path) == ["file"])
      #expect(FileManager.default.contents(atPath: path + "/file") == Data("new".utf8))
      #expect(
        try FileManager.default.attributesOfItem(atPath: path + "/file")[.posixPermissions] as? Int == 0o644)
    }
  }

  @Test func `a draft that was not kept is gone, and what stands under its name is not touched`() throws {
    try inFolder { path, folder in
      do { try Draft(named: "file", in: folder.number).file.write(Data("x".utf8)) }
      #expect(try names(path).isEmpty)
      do {
        var draft = try Draft(named: path + "/file")
        draft.keep()
      }
      #expect(try names(path) == ["file"])
      #expect(throws: SystemError(number: EEXIST)) { _ = try Draft(named: "file", in: folder.number) }
      #expect(try names(path) == ["file"])
    }
  }

  @Test func `a temporary folder is its owner's alone, and gone with what is in it`() throws {
    let folder = try TemporaryFolder(named: "draft", in: FileManager.default.temporaryDirectory.path)
    #expect(try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int == 0o700)
    _ = FileManager.default.createFile(atPath: folder.path + "/x", contents: Data())
    folder.remove()
    #expect(!FileManager.default.fileExists(atPath: folder.path))
    #expect(throws: SystemError(number: ENOENT)) { try TemporaryFolder(named: "draft", in: folder.path) }
  }
}
