import Foundation
import RotationCore
import RotationTestSupport

/// Walks every state of one setting, breadth first, until the frontier is empty. Disturbances are counted along a path;
/// with the setting's number of them spent, a path goes on undisturbed to its end.
struct Explorer: Sendable {
  let setting: Setting
  var law = Law()
  /// Stop at something found that is enough to kill a mutant.
  var isEnough: @Sendable (String) -> Bool = { _ in false }
  var workers = 2
  /// From `starts`, or from where nothing was opened yet.
  func run(from starts: [Moment] = []) async -> Exploration {
    let began = Date()
    var exploration = Exploration(setting: setting.name, disturbances: setting.disturbances)
    let benches = (0..<workers).map { _ in Workbench(setting, law: law) }
    var graph = Graph()
    var layers: [[(Int32, Moment)]] = Array(repeating: [], count: setting.disturbances + 1)
    for start in starts.isEmpty ? [benches[0].root] : starts {
      let fingerprint = start.fingerprint
      guard graph.index[fingerprint] == nil else { continue }
      graph.add(start, parent: -1, label: "start", cost: 0, fingerprint: fingerprint)
      layers[0].append((Int32(graph.nodes.count - 1), start))
    }

    walk: for cost in layers.indices {
      var wave: [(Int32, Moment)] = []
      while true {
        if wave.isEmpty {
          wave = layers[cost].reversed()
          layers[cost] = []
        }
        if wave.isEmpty { break }
        let batch = wave.suffix(64 * workers).reversed().filter { !graph.nodes[Int($0.0)].isExpanded }
        wave.removeLast(min(64 * workers, wave.count))
        for (node, _) in batch { graph.nodes[Int(node)].isExpanded = true }
        let expansions = await expand(batch, on: benches, disturbs: cost < setting.disturbances)
        for ((node, moment), expansion) in zip(batch, expansions) {
          graph.describe(node, moment, expansion)
          for finding in expansion.findings { exploration.findings.add(finding, at: graph.path(to: node)) }
          for (edge, fingerprint) in zip(expansion.edges, expansion.fingerprints) {
            exploration.transitions += 1
            let reached = edge.isMended ? setting.disturbances : cost + (edge.isDisturbed ? 1 : 0)
            let (to, isNew) = graph.reach(edge, fingerprint, from: node, cost: reached)
            if isNew { layers[reached].append((to, edge.to)) }
            if !edge.isDisturbed, to != node { graph.steps.append((node, to)) }
          }
          if expansion.findings.contains(where: isEnough) { break walk }
        }
        if setting.limit > 0, graph.nodes.count > setting.limit { break walk }
      }
    }
    let isWhole = setting.limit == 0 || graph.nodes.count <= setting.limit
    if exploration.findings.isEmpty, isWhole { exploration.findings = graph.judge() }
    exploration.states = graph.nodes.count
    for bench in benches { exploration.coverage.merge(bench.coverage) }
    for node in graph.nodes { exploration.byPhase[node.phase?.rawValue ?? "none", default: 0] += 1 }
    exploration.seconds = Date().timeIntervalSince(began)
    return exploration
  }

  private func expand(_ batch: [(Int32, Moment)], on benches: [Workbench], disturbs: Bool) async -> [Expansion] {
    let share = (batch.count + benches.count - 1) / benches.count
    return await withTaskGroup(of: (Int, [Expansion]).self) { group in
      for (worker, bench) in benches.enumerated() {
        let moments = batch.dropFirst(worker * share).prefix(share).map(\.1)
        group.addTask {
          var expansions: [Expansion] = []
          for moment in moments {
            expansions.append(await bench.expand(moment, disturbs: disturbs))
            // Nothing in a paper world waits, and other suites' clocks run.
            await Task.yield()
          }
          return (worker, expansions)
        }
      }
      var parts: [[Expansion]] = Array(repeating: [], count: benches.count)
      for await (worker, expansions) in group { parts[worker] = expansions }
      return parts.flatMap { $0 }
    }
  }
}

extension Graph {
  mutating func add(_ moment: Moment, parent: Int32, label: String, cost: Int, fingerprint: Int) {
    index[fingerprint] = Int32(nodes.count)
    nodes.append(Node(parent: parent, label: label, cost: UInt8(cost)))
  }

  /// The node of an edge's end; new when it was not known, or only at a higher cost and not gone on from yet.
  mutating func reach(_ edge: Edge, _ fingerprint: Int, from: Int32, cost: Int) -> (node: Int32, isNew: Bool) {
    guard let known = index[fingerprint] else {
      add(edge.to, parent: from, label: edge.label, cost: cost, fingerprint: fingerprint)
      return (Int32(nodes.count - 1), true)
    }
    let node = nodes[Int(known)]
    guard !node.isExpanded, node.cost > cost else { return (known, false) }
    nodes[Int(known)].cost = UInt8(cost)
    nodes[Int(known)].parent = from
    nodes[Int(known)].label = edge.label
    return (known, true)
  }

  mutating func describe(_ node: Int32, _ moment: Moment, _ expansion: Expansion) {
    let newest = moment.newest
    let isOver = newest.map { $0.phase.isFinal || $0.phase == .retired } ?? false
    nodes[Int(node)].phase = newest?.phase
    nodes[Int(node)].isEnd = isOver || (expansion.isNamedWait && newest == nil)
    nodes[Int(node)].isFinal = newest?.phase.isFinal ?? false
    nodes[Int(node)].words = expansion.words
    nodes[Int(node)].isBackEnd = newest?.phase == .rolledBack || newest?.phase == .abandoned
    nodes[Int(node)].mayGoBack = expansion.isBackPossible
    nodes[Int(node)].isUpToDate = expansion.isUpToDate
  }
}
