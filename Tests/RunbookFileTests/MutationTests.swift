import Foundation
import RotationCore
import RunbookFile
import Testing

/// SplitMix64: the same mutations on every run.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

/// Damaged runbooks: an answer always comes, with places inside the file and no value of the environment.
@Suite struct MutationTests {
  private static let splices = [
    "&a ", "*a", "? ", "- ", ": ", "{", "}", "[", "]", "\"", "'", "|\n", ">\n", "#", "%", "!!", "---\n", "...\n", "\t",
    "\r", "\u{0}", "\u{FEFF}", "\u{2028}", "é", "🗝", "${", "${CLIENT}", "null", "~", "99999999999999999999", ".inf",
    "<<: ",
    "  ", "\n", "name: x\n", "\\", "@", "`",
  ]

  private static func mutate(_ bytes: [UInt8], with generator: inout Generator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, at + Int.random(in: 1...40, using: &generator))
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.removeSubrange(at..<end)
      case 2: bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &generator))
      case 3: bytes.removeSubrange(at...)
      case 4: bytes.insert(contentsOf: splices.randomElement(using: &generator).map { Array($0.utf8) } ?? [], at: at)
      default:
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).shuffled(
          using: &generator)
        bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
      }
    }
    return bytes
  }

  @Test(arguments: 0..<8)
  func `no damage traps, hangs or tells a secret`(seed: Int) {
    var generator = Generator(state: UInt64(seed) &+ 20_261_122)
    let sources = [RunbookSample.complete, RunbookSample.minimal, RunbookSample.custom].map { Array($0.utf8) }
    var refused = 0
    for _ in 0..<40 {
      guard let source = sources.randomElement(using: &generator) else { return }
      let bytes = Self.mutate(source, with: &generator)
      do throws(RunbookRejected) {
        _ = try RunbookDecoder.decode(Data(bytes), folder: "/srv", environment: RunbookSample.variables)
      } catch {
        refused += 1
        let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) {
          $0.isNewline || $0 == "\r"
        }.count
        #expect(!error.findings.isEmpty)
        #expect(error.findings == error.findings.sorted())
        for finding in error.findings {
          #expect((1...lines + 17).contains(finding.line), "\(finding) of \(lines)")
          #expect(finding.column >= 1)
          #expect(!finding.message.isEmpty && !finding.message.contains("s3cret"), "\(finding)")
        }
      }
    }
    #expect(refused > 10)
  }
}
