import RotationCore

/// The graph that was walked, and what was found in it.
struct Exploration: Sendable {
  var setting: String
  var disturbances = 0
  var states = 0
  var transitions = 0
  /// What was found, each with how often and the shortest way there.
  var findings: [Finding] = []
  var coverage = Coverage()
  var byPhase: [String: Int] = [:]
  var seconds = 0.0
}

struct Finding: Sendable, CustomStringConvertible {
  var what: String
  var path: String
  var count = 1
  var description: String { "\(what) (\(count) times)\n    after \(path)" }
}

extension [Finding] {
  mutating func add(_ what: String, at path: @autoclosure () -> String) {
    if let index = firstIndex(where: { $0.what == what }) {
      self[index].count += 1
    } else {
      append(Finding(what: what, path: path()))
    }
  }
}

/// What is kept of every state: enough to tell its path and to walk back from the ends.
struct Graph {
  struct Node {
    var parent: Int32
    var label: String
    var cost: UInt8
    var isExpanded = false
    /// The rotation is over, or nothing was opened and `rotate` says why not.
    var isEnd = false
    var isBackEnd = false
    /// Over for good: no key is kept for a way back any more.
    var isFinal = false
    /// What `rotate` says there.
    var words = ""
    var mayGoBack = false
    var isUpToDate = false
    var phase: Phase?
  }

  var nodes: [Node] = []
  var index: [Int: Int32] = [:]
  /// Undisturbed steps: what people, time and Keyturn do by themselves.
  var steps: [(from: Int32, to: Int32)] = []

  /// How it was reached, from the start.
  func path(to node: Int32) -> String {
    var labels: [String] = []
    var at = node
    while at >= 0 {
      labels.append(nodes[Int(at)].label)
      at = nodes[Int(at)].parent
    }
    return labels.reversed().joined(separator: " > ")
  }

  /// Every node from which some node in `goals` is reached without a disturbance.
  func canReach(_ goals: (Node) -> Bool) -> [Bool] {
    var heads = [Int32](repeating: -1, count: nodes.count)
    var next = [Int32](repeating: -1, count: steps.count)
    for (edge, step) in steps.enumerated() {
      next[edge] = heads[Int(step.to)]
      heads[Int(step.to)] = Int32(edge)
    }
    var reached = nodes.map(goals)
    var stack = reached.indices.filter { reached[$0] }
    while let node = stack.popLast() {
      var edge = heads[node]
      while edge >= 0 {
        let from = Int(steps[Int(edge)].from)
        if !reached[from] {
          reached[from] = true
          stack.append(from)
        }
        edge = next[Int(edge)]
      }
    }
    return reached
  }

  /// From each state there is a way to an end by commands, time and what `rotate` asks people for by name; and what
  /// `status` promises is kept.
  func judge() -> [Finding] {
    let canEnd = canReach(\.isEnd)
    let canFinish = canReach { $0.isFinal || ($0.isEnd && $0.phase != .retired) }
    let canGoBack = canReach(\.isBackEnd)
    var findings: [Finding] = []
    for (index, node) in nodes.enumerated() {
      if !canEnd[index] {
        findings.add(
          "no way to an end from \(node.phase?.rawValue ?? "none"), where rotate says: \(node.words)",
          at: path(to: Int32(index)))
      } else if node.phase != nil, !canFinish[index] {
        findings.add(
          "the rotation is never over from \(node.phase?.rawValue ?? "none"), where rotate says: \(node.words)",
          at: path(to: Int32(index)))
      }
      if node.mayGoBack, node.isUpToDate, !canGoBack[index] {
        findings.add(
          "status calls a rollback possible from \(node.phase?.rawValue ?? "none"), and none succeeds",
          at: path(to: Int32(index)))
      }
    }
    return findings
  }
}
