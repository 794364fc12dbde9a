import Foundation
import Testing

@testable import RotationStore

@Suite struct FingerprintsTests {
  let place: Workplace
  let secret = Sample.sealedBytes(9)

  init() throws { place = try Workplace() }

  @Test(arguments: [0, 1, 31, 33, 65_500, 65_536, 65_537])
  func `a run of 63 bytes is found wherever it stands`(offset: Int) throws {
    let piece = secret[200..<263]
    #expect(try finds(Data(repeating: 0, count: offset) + piece))
    #expect(try finds(Sample.sealedBytes(4, count: offset) + piece + Sample.sealedBytes(5, count: 100)))
  }

  @Test func `other bytes are not taken for it`() throws {
    #expect(try !finds(Data()))
    #expect(try !finds(Sample.sealedBytes(10, count: 200_000)))
    #expect(try !finds(Data(repeating: 0, count: 70_000)))
    #expect(try !finds(secret.prefix(128)))
  }

  @Test func `what is stored finds the same and holds no part of the secret`() throws {
    let fingerprints = Fingerprints(of: secret)
    let stored = fingerprints.stored
    #expect(Fingerprints(stored: stored).hashes == fingerprints.hashes)
    #expect(fingerprints.hashes.count == (secret.count - 128) / 32)
    for start in stride(from: 0, to: secret.count - 8, by: 1) {
      #expect(stored.range(of: secret[start..<start + 8]) == nil)
    }
  }

  @Test func `plain bytes are not looked for`() {
    #expect(Fingerprints(of: Data(repeating: 1, count: 1000)).isEmpty)
    #expect(Fingerprints(of: Data([1, 2, 3])).isEmpty)
  }

  private func finds(_ content: Data) throws -> Bool {
    let path = place.root + "/file-\(content.count)-\(UUID())"
    try content.write(to: URL(fileURLWithPath: path))
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    return try Fingerprints(of: secret).match(in: descriptor)
  }
}
