import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import RotationStore

@Suite struct DocumentTests {
  @Test(arguments: [
    "", "plain", "\"quoted\\\"", "line\nbreak\ttab\u{0}\u{1F}", "Ærlighet på åpen linje 🔑", "\u{2028}\u{7F}",
  ])
  func `any text comes back as it was`(text: String) throws {
    #expect(try returned([text: text]) == [text: text])
  }

  @Test func `numbers come back to the bit`() throws {
    let numbers = [0, -0.5, 0.1, 1e21, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 816_692_800.1229999]
    #expect(try returned(numbers) == numbers)
    #expect(try returned([Int64.min, 0, .max]) == [Int64.min, 0, .max])
    #expect(try returned(numbers.map(Date.init(timeIntervalSinceReferenceDate:))).count == numbers.count)
    #expect(throws: EncodingError.self) { try Document.encode([Double.nan]) }
  }

  @Test func `nothing, lists in lists and nested containers keep their shape`() throws {
    #expect(try Document.encode([[Int]]()) == "[]")
    #expect(try Document.encode([[1, 2], [], [3]]) == "[[1,2],[],[3]]")
    #expect(try Document.encode([1, nil, 3]) == "[1,null,3]")
    #expect(try Document.encode(["a": [String: Int]()]) == #"{"a":{}}"#)
    let shape = [Shape.circle(radius: 1.5), .dot, .path(points: [[1, 2], [3]], closed: true)]
    #expect(try returned(shape) == shape)
  }

  @Test func `Foundation's encoder says the same of a whole rotation`() throws {
    var rotation = Sample.rotation()
    rotation.incoming = Sample.key("new")
    rotation.verdicts = [RecordedVerdict(guardName: "g", holds: true, reason: "r", readAt: Workplace.now)]
    let ours = try JSONValue(parsing: Data(Document.encode(rotation).utf8))
    #expect(try ours == JSONValue(parsing: JSONEncoder().encode(rotation)))
  }

  @Test func `a rotation that moves on is written as a whole each time, with what changed`() throws {
    var parts = DocumentParts()
    var rotation = Sample.rotation()
    rotation.incoming = Sample.key("new")
    rotation.lastSeen.targets = ["dotenv": KeyID("old")]
    for revision in 2..<80 {
      rotation.revision = revision
      rotation.verdicts = [
        RecordedVerdict(guardName: "g", holds: revision % 2 == 0, reason: "\(revision)", readAt: Workplace.now),
        RecordedVerdict(guardName: "h", holds: true, reason: "as ever", readAt: Workplace.now),
      ]
      if revision == 9 { rotation.lastSeen.targets = ["dotenv": KeyID("new")] }
      let text = try Document.encode(rotation, keeping: &parts)
      #expect(try Document.decode(String(decoding: text, as: UTF8.self)) == rotation)
    }
  }

  @Test func `a row that is no document is refused and traps nobody`() throws {
    let text = try Document.encode(Sample.rotation())
    for bytes in Hostile.spoilt(text) {
      #expect(throws: DecodingError.self) { try Document.decode(String(decoding: bytes, as: UTF8.self)) as Rotation }
    }
  }

  private func returned<T: Codable>(_ value: T) throws -> T { try Document.decode(Document.encode(value)) }

  private enum Shape: Codable, Equatable {
    case circle(radius: Double)
    case dot
    case path(points: [[Int]], closed: Bool)
  }
}
