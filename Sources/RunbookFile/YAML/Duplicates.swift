internal import RotationCore
internal import Yams

/// Finds the mapping around a key that stands in it twice. Yams gives the first such key's place and no tree, so the
/// keys it complains about are made distinct until it gives one.
enum Duplicates {
  private static let attempts = 8
  /// Beyond this many bytes the key's place must do.
  private static let sizeLimit = 1 << 16

  /// The finding at the mapping; at the key where the mapping cannot be found.
  static func rejection(firstKeyAt key: Place, in text: String) -> RunbookRejected {
    var text = text
    var renamed = key
    for attempt in 0..<(text.utf8.count <= sizeLimit ? attempts : 0) {
      rename(renamed, as: attempt, in: &text)
      do {
        let root = try compose(yaml: text, .basic, .default, .utf8)
        return root.flatMap { mapping(with: key, in: $0, depth: 0) } ?? fallback(key)
      } catch YamlError.duplicatedKeysInMapping(_, let context) {
        renamed = Place(context.mark)
      } catch {
        break
      }
    }
    return fallback(key)
  }

  private static func fallback(_ key: Place) -> RunbookRejected { RunbookRejected("a duplicate key", at: key) }

  /// Puts a prefix into the key, behind its quote if it has one. Places before it stay what they were.
  private static func rename(_ key: Place, as attempt: Int, in text: inout String) {
    var cursor = Cursor()
    var renamed = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let prefix = cursor.place == key ? "\(marker)\(attempt)-".unicodeScalars : .init()
      let isQuote = scalar == "\"" || scalar == "'"
      if isQuote { renamed.append(scalar) }
      renamed.append(contentsOf: prefix)
      if !isQuote { renamed.append(scalar) }
      cursor.pass(scalar)
    }
    text = String(renamed)
  }

  private static let marker = "keyturn-duplicate-"

  private static func mapping(with key: Place, in node: Node, depth: Int) -> RunbookRejected? {
    guard depth <= YAMLTree.depthLimit, node.anchor == nil else { return nil }
    switch node {
    case .scalar, .alias: return nil
    case .sequence(let items):
      return items.lazy.compactMap { mapping(with: key, in: $0, depth: depth + 1) }.first
    case .mapping(let pairs):
      guard let pair = pairs.first(where: { $0.key.place == key }) else {
        return pairs.lazy.compactMap { mapping(with: key, in: $0.value, depth: depth + 1) }.first
      }
      let name = original(pair.key)
      // On the key's own line the renaming has moved what follows it.
      let again = pairs.lazy.map(\.key).first { original($0) == name && $0.place.line != key.line }?.place
      let shown = Spelling.isPrintableKey(name) ? "the key `\(name)`" : "a key"
      return RunbookRejected(
        "\(shown) stands twice in this mapping, first at \(key.line):\(key.column)"
          + (again.map { " and again at \($0.line):\($0.column)" } ?? ""), at: node.place)
    }
  }

  private static func original(_ key: Node) -> String {
    key.scalar?.string.replacing(/^keyturn-duplicate-[0-9]+-/, with: "") ?? ""
  }
}
