internal import RotationCore
internal import Yams

/// Turns YAML into branches; the only caller of Yams. Whatever a runbook may hold nowhere (null, anchors, tags, keys
/// that are no text, deep nesting) becomes a finding here, so that no reader needs to ask.
struct YAMLTree {
  static let depthLimit = 32
  /// A runbook has about a hundred keys and values.
  static let nodeLimit = 5_000
  static let aliasMessage = "anchors and aliases are not part of a runbook; write the values out"
  static let complexKeyMessage = "a key must be plain text"

  let reading: Reading

  /// The document's root. Throws the parser's first error, several documents, an empty file and duplicate keys, alone.
  func root(of source: YAMLText) throws(RunbookRejected) -> Branch {
    // Yams keeps a pointer into the string, which a string of up to 15 bytes does not outlive.
    let text = source.text.utf8.count < 16 ? source.text + String(repeating: "\n", count: 16) : source.text
    do {
      // The resolver knows no types (PlainScalar does), and a named encoding keeps Yams from asking the environment.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      guard let root = try parser.singleRoot() else { throw RunbookRejected("the runbook is empty", at: .start) }
      var room = Self.nodeLimit
      guard fits(root, into: &room) else {
        throw RunbookRejected("the runbook has more than \(Self.nodeLimit) keys and values", at: .start)
      }
      // Nodes hold their anchors weakly; the parser owns them.
      return withExtendedLifetime(parser) { branch(root, path: "", heading: nil, depth: 0) }
    } catch let rejected as RunbookRejected {
      throw rejected
    } catch let error as YamlError {
      throw rejection(of: error, text: text)
    } catch {
      throw RunbookRejected("not valid YAML", at: .start)
    }
  }

  private func fits(_ node: Node, into room: inout Int) -> Bool {
    room -= 1
    guard room >= 0 else { return false }
    switch node {
    case .scalar, .alias: return true
    case .sequence(let items): return items.allSatisfy { fits($0, into: &room) }
    case .mapping(let pairs):
      return pairs.allSatisfy { fits($0.key, into: &room) && fits($0.value, into: &room) }
    }
  }

  private func branch(_ node: Node, path: String, heading: Place?, depth: Int) -> Branch {
    let place = node.place
    let content: Branch.Content
    if let problem = problem(of: node, path: path, depth: depth) {
      // An empty value stands nowhere; the key that lacks it does.
      let isEmpty = node.scalar?.string.isEmpty == true
      reading.fault(problem, at: isEmpty ? heading ?? (depth == 0 ? .start : place) : place)
      content = .void
    } else {
      switch node {
      case .scalar(let scalar): content = .text(scalar.string, isPlain: scalar.style == .plain)
      case .sequence(let sequence):
        content = .list(
          sequence.enumerated().map { branch($1, path: "\(path)[\($0)]", heading: nil, depth: depth + 1) })
      case .mapping(let mapping):
        content = .map(mapping.compactMap { entry($0.key, $0.value, path: path, depth: depth + 1) })
      case .alias: content = .void
      }
    }
    return Branch(content: content, place: place, heading: heading ?? place, path: path)
  }

  private func entry(_ key: Node, _ value: Node, path: String, depth: Int) -> Branch.Entry? {
    guard case .scalar(let name) = key, key.anchor == nil else {
      reading.fault(key.anchor == nil ? Self.complexKeyMessage : Self.aliasMessage, at: key.place)
      return nil
    }
    let path = Branch.path(path, name.string)
    return Branch.Entry(
      key: name.string, place: key.place,
      value: branch(value, path: path, heading: key.place, depth: depth))
  }

  private func problem(of node: Node, path: String, depth: Int) -> String? {
    if node.anchor != nil { return Self.aliasMessage }
    if case .alias = node { return Self.aliasMessage }
    if depth > Self.depthLimit { return "nested deeper than \(Self.depthLimit) levels" }
    let name = path.isEmpty ? "the runbook" : "`\(path)`"
    if !node.hasOrdinaryTag { return "\(name) has a tag; tags (`!name`) are not part of a runbook" }
    if case .scalar(let scalar) = node, scalar.style == .plain, PlainScalar(scalar.string) == .null {
      return path.isEmpty ? "the runbook is empty" : "\(name) is null; give a value, or leave the key out"
    }
    return nil
  }

  private func rejection(of error: YamlError, text: String) -> RunbookRejected {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      let begun = context.map { "\($0.text) (begun at \($0.mark.line):\($0.mark.column)): " } ?? ""
      return RunbookRejected("not valid YAML: \(begun)\(problem)", at: Place(mark))
    case .composer(_, let problem, let mark, _):
      // Yams composes two complaints of its own: a second document, and an alias without an anchor.
      let isAlias = problem.contains("alias")
      return RunbookRejected(
        isAlias ? Self.aliasMessage : "a runbook is one YAML document; another one begins here", at: Place(mark))
    case .duplicatedKeysInMapping(_, let context):
      return Duplicates.rejection(firstKeyAt: Place(context.mark), in: text)
    case .reader(let problem, _, _, _):
      return RunbookRejected("not valid YAML: \(problem)", at: .start)
    default:
      return RunbookRejected("not valid YAML", at: .start)
    }
  }
}

extension Place {
  init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}

extension Node {
  var place: Place { mark.map { Place($0) } ?? .start }

  /// No tag, or the one that its form has anyway.
  var hasOrdinaryTag: Bool {
    switch self {
    case .scalar: tag == Tag(.str)
    case .mapping: tag == Tag(.map)
    case .sequence: tag == Tag(.seq)
    case .alias: true
    }
  }
}
