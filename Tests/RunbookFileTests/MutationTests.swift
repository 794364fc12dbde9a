import Foundation
import RotationCore
import RotationTestSupport
import RunbookFile
import Testing

/// Damaged runbooks: an answer always comes, with places inside the file and no value of the environment.
@Suite struct MutationTests {
  private static let hostile = Hostile(
    [RunbookSample.complete, RunbookSample.minimal, RunbookSample.custom].map { Data($0.utf8) }, splices: splices)

  private static let splices = [
    "&a ", "*a", "? ", "- ", ": ", "{", "}", "[", "]", "\"", "'", "|\n", ">\n", "#", "%", "!!", "---\n", "...\n", "\t",
    "\r", "\u{0}", "\u{FEFF}", "\u{2028}", "é", "🗝", "${", "${CLIENT}", "null", "~", "99999999999999999999", ".inf",
    "<<: ",
    "  ", "\n", "name: x\n", "\\", "@", "`",
  ]

  @Test(arguments: 0..<8)
  func `no damage traps, hangs or tells a secret`(seed: Int) {
    var (inputs, refused) = (0, 0)
    Self.hostile.each(Hostile.cases / 25, seed: seed) { bytes in
      inputs += 1
      do throws(RunbookRejected) {
        _ = try RunbookDecoder.decode(bytes, folder: "/srv", environment: RunbookSample.variables)
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
    Hostile.tell("runbooks", inputs: inputs, refused: refused)
  }
}
