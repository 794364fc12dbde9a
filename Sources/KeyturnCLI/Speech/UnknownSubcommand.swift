internal import ArgumentParser

/// A word where a subcommand belongs and that names none. The parser tells of the first option behind it instead.
struct UnknownSubcommand {
  let word: String
  /// The commands before it, `keyturn` first.
  let parent: String
  /// The subcommands that may have been meant, nearest first.
  let near: [String]

  /// Nil where every such word names one.
  init?(in arguments: [String]) {
    var type: any ParsableCommand.Type = Keyturn.self
    var parent = ["keyturn"]
    for word in arguments {
      let known = type.configuration.subcommands
      guard !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
      if let next = known.first(where: { $0.configuration.commandName == word }) {
        type = next
        parent.append(word)
        continue
      }
      self.word = word
      self.parent = parent.joined(separator: " ")
      near = known.compactMap { $0.configuration.commandName }.map { ($0, $0.distance(to: word)) }
        .filter { name, distance in distance <= max(1, name.count / 3) || (word.count > 1 && name.hasPrefix(word)) }
        .sorted { $0.1 < $1.1 }.map(\.0)
      return
    }
    return nil
  }

  var summary: String { "unknown subcommand '\(word)' of \(parent)" }

  var hints: [String] {
    near.map { "perhaps \(parent) \($0)" } + ["see \(parent.replacing("keyturn", with: "keyturn help"))"]
  }
}

extension String {
  /// How many letters have to be added, left out, changed or swapped with the next to make `other` of it.
  fileprivate func distance(to other: String) -> Int {
    let (mine, theirs) = (Array(self), Array(other))
    var rows = [Array(0...theirs.count)]
    for (line, letter) in mine.enumerated() {
      var row = [line + 1]
      for (column, wanted) in theirs.enumerated() {
        let changed = rows[line][column] + (letter == wanted ? 0 : 1)
        var least = Swift.min(changed, rows[line][column + 1] + 1, row[column] + 1)
        if line > 0, column > 0, letter == theirs[column - 1], mine[line - 1] == wanted {
          least = Swift.min(least, rows[line - 1][column - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[mine.count][theirs.count]
  }
}
