import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import RotationStore

@Suite struct StateLockTests {
  let place: Workplace

  init() throws {
    place = try Workplace()
    try place.folder.prepare()
  }

  @Test func `a second holder is told who holds the state and since when`() throws {
    let lock = try place.lock()
    let failure = failure { _ = try StateLock(folder: place.folder, holder: place.holder("ola@vert")) }
    #expect(failure?.code == .stateBusy)
    #expect(failure?.summary.contains("kari@vert") == true)
    #expect(failure?.summary.contains(Workplace.now.iso8601) == true)
    #expect(failure?.summary.contains("keyturn rotate, process \(getpid()) on vert") == true)
    #expect(lock.isHeld)
  }

  @Test func `who holds the state can be asked without holding it`() throws {
    #expect(StateLock.holder(of: place.folder) == nil)
    let lock = try place.lock()
    #expect(StateLock.holder(of: place.folder)?.operatorName == "kari@vert")
    #expect(lock.isHeld)
    lock.release()
    #expect(StateLock.holder(of: place.folder) == nil)
  }

  @Test func `what a refused second holder wanted to say is written nowhere`() throws {
    let lock = try place.lock()
    _ = failure { _ = try StateLock(folder: place.folder, holder: place.holder("ola@vert")) }
    let text = try String(contentsOfFile: place.folder.lockPath, encoding: .utf8)
    #expect(text.contains(#""operator":"kari@vert""#))
    #expect(!text.contains("ola@vert"))
    #expect(lock.isHeld)
  }

  @Test func `a holder whose words are spoilt is a holder without a name`() throws {
    let lock = try place.lock()
    let words = try String(contentsOfFile: place.folder.lockPath, encoding: .utf8)
    let twice = Data(words.replacing("{", with: #"{"operator":"ola@vert","#).utf8)
    for bytes in Hostile.spoilt(words) + [twice] {
      let file = try #require(FileHandle(forWritingAtPath: place.folder.lockPath))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: bytes)
      try file.close()
      #expect(StateLock.holder(of: place.folder) == nil, "\(String(decoding: bytes.prefix(40), as: UTF8.self))")
      let failure = failure { _ = try StateLock(folder: place.folder, holder: place.holder("ola@vert")) }
      #expect(failure?.summary.contains("has not said who it is") == true)
    }
    #expect(lock.isHeld)
  }

  @Test func `a released state can be taken again, and the file stays`() throws {
    let lock = try place.lock()
    lock.release()
    lock.release()
    #expect(!lock.isHeld)
    #expect(FileStatus(at: place.folder.lockPath)?.size == 0)
    _ = try StateLock(folder: place.folder, holder: place.holder("ola@vert"))
  }

  @Test func `a lock that nobody refers to any more is free`() throws {
    _ = try place.lock()
    _ = try place.lock()
  }

  @Test func `the file is for its owner alone and a link in its place is not followed`() throws {
    _ = try place.lock()
    #expect(place.permissions(of: place.folder.lockPath) == 0o600)
    unlink(place.folder.lockPath)
    symlink(place.root + "/elsewhere", place.folder.lockPath)
    #expect(failure { _ = try StateLock(folder: place.folder, holder: place.holder()) }?.code == .stateNotWritable)
    #expect(FileStatus(at: place.root + "/elsewhere") == nil)
  }

  @Test func `a child process does not inherit the lock`() throws {
    let lock = try place.lock()
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/sh")
    child.arguments = ["-c", "ls -l /proc/self/fd 2>/dev/null | grep -c /state/lock; true"]
    let output = Pipe()
    child.standardOutput = output
    try child.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    child.waitUntilExit()
    #expect(text == "0\n")
    #expect(lock.isHeld)
  }
}
