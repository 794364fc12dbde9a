/// What a mistyped word was meant to be.
enum Spelling {
  /// The candidate that `word` is by another way of writing (`clientId`, `client-id`) or within two slips of a finger;
  /// nil where none is that near.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    guard word.count <= 40 else { return nil }
    if let same = candidates.first(where: { bare($0) == bare(word) }) { return same }
    let scored = candidates.map { (candidate: $0, slips: slips(Array(word.utf8), Array($0.utf8))) }
    guard let best = scored.min(by: { $0.slips < $1.slips }) else { return nil }
    return best.slips <= min(2, max(1, best.candidate.count / 3)) ? best.candidate : nil
  }

  /// Short and of harmless characters: may be repeated in a finding.
  static func isPrintableKey(_ key: String) -> Bool {
    (1...40).contains(key.utf8.count)
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  private static func bare(_ word: String) -> String { word.lowercased().filter { $0 != "_" && $0 != "-" } }

  /// Letters to change, add, drop or swap with their neighbour (Damerau and Levenshtein's distance, in its short form).
  private static func slips(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var older: [Int] = []
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var next = [i + 1]
      for (j, other) in right.enumerated() {
        var fewest = min(row[j] + (byte == other ? 0 : 1), row[j + 1] + 1, next[j] + 1)
        if i > 0, j > 0, byte == right[j - 1], left[i - 1] == other { fewest = min(fewest, older[j - 1] + 1) }
        next.append(fewest)
      }
      older = row
      row = next
    }
    return row[right.count]
  }
}
