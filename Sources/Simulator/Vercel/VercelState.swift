internal import Foundation
internal import RotationCore

struct VercelVariableRecord {
  var id: String
  var key: String
  var value: String
  var type: String
  var targets: [String]
  var created: Date
  var updated: Date
  var comment: String?
  var customEnvironments = 0
}

struct VercelDeploymentRecord {
  enum End: Hashable { case ready, error(String), canceled, aliasError, checksFailed, deleted }

  var id: String
  var created: Date
  var ends: Date
  var end: End
  var meta: [String: String]
  /// As they were when it was created.
  var variables: [String: String]
  /// Nil until it ended; then whether the production address is given to it.
  var isAssigned: Bool?
  /// When the production address leads to it for the first time.
  var aliased: Date?

  func state(_ now: Date) -> String {
    guard now >= ends else { return now < created + .milliseconds(500) ? "INITIALIZING" : "BUILDING" }
    return switch end {
    case .ready, .aliasError, .checksFailed: "READY"
    case .error: "ERROR"
    case .canceled: "CANCELED"
    case .deleted: "DELETED"
    }
  }
}

/// A promote or a rollback that was asked for.
struct VercelTraffic {
  var kind: String
  var from: String
  var to: String
  var asked: Date
  var ends: Date
  var status: String
}

/// Everything that the project remembers; its methods take `now`.
struct VercelState {
  var settings: VercelHost.Settings
  let assignedAtFirst: Bool
  var variables: [VercelVariableRecord] = []
  var deployments: [VercelDeploymentRecord] = []
  var production: String
  var before: String?
  var traffic: VercelTraffic? { didSet { if oldValue?.asked != traffic?.asked { trafficBefore = oldValue } } }
  private(set) var trafficBefore: VercelTraffic?
  var mishaps: [VercelHost.Mishap] = []
  private(set) var exchanges: [VercelHost.Exchange] = []
  private var serial = 0

  init(_ settings: VercelHost.Settings, variables: [String: String], type: String, now: Date) {
    self.settings = settings
    assignedAtFirst = settings.autoAssign
    production = "dpl_1"
    for (key, value) in variables.sorted(by: { $0.key < $1.key }) {
      let secret = key == "MASKINPORTEN_PRIVATE_KEY" || key == "MASKINPORTEN_KID"
      self.variables.append(
        VercelVariableRecord(
          id: "env_\(key)", key: key, value: value, type: secret ? type : "encrypted", targets: ["production"],
          created: now - .seconds(3_600), updated: now - .seconds(3_600)))
    }
    serial = 1
    deployments = [
      VercelDeploymentRecord(
        id: "dpl_1", created: now - .seconds(1_800), ends: now - .seconds(1_700), end: .ready, meta: [:],
        variables: variables, isAssigned: true, aliased: now - .seconds(1_700))
    ]
  }

  /// Nobody who knew a deployment takes a later one for it: ids go on.
  mutating func begin(with variables: [String: String], type: String, now: Date) {
    let given = serial
    settings.autoAssign = assignedAtFirst
    self = VercelState(settings, variables: variables, type: type, now: now)
    serial = given
  }

  mutating func note(_ call: VercelCall, _ answer: SimulatedAnswer) {
    if exchanges.count == 2_000 { exchanges.removeFirst(1_000) }
    exchanges.append(
      VercelHost.Exchange(
        method: call.method, path: call.path, query: call.query, request: try? JSONValue(parsing: call.body),
        status: answer.status, answer: answer.json))
  }

  /// Takes one planned mishap of the kind, if there is one.
  mutating func strikes(_ mishap: VercelHost.Mishap) -> Bool {
    guard let index = mishaps.firstIndex(of: mishap) else { return false }
    mishaps.remove(at: index)
    return true
  }

  /// What would change something, and what looks, is counted apart.
  mutating func limit(_ call: VercelCall) -> VercelHost.Limit? {
    for mishap in mishaps {
      switch mishap {
      case .tooManyRequests(let limit) where call.method != "GET" && strikes(mishap): return limit
      case .tooManyLooks(let limit) where call.method == "GET" && strikes(mishap): return limit
      default: continue
      }
    }
    return nil
  }

  /// Lets what time brings about happen, in order.
  mutating func settle(_ now: Date) {
    for index in deployments.indices.sorted(by: { deployments[$0].ends < deployments[$1].ends })
    where deployments[index].isAssigned == nil && deployments[index].ends <= now {
      let assigned = deployments[index].end == .ready && settings.autoAssign
      deployments[index].isAssigned = assigned
      if assigned { deployments[index].aliased = deployments[index].ends + settings.aliasTime }
    }
    let due = deployments.filter { $0.aliased.map { $0 <= now } ?? false && $0.created > (arrival ?? .distantPast) }
    if let newest = due.max(by: { ($0.aliased ?? .distantPast) < ($1.aliased ?? .distantPast) }) {
      move(to: newest.id)
      arrival = newest.created
    }
    if var request = traffic, request.status == "in-progress", request.ends <= now {
      request.status = strikes(.trafficFails) ? "failed" : "succeeded"
      traffic = request
      if request.status == "succeeded" {
        move(to: request.to)
        settings.autoAssign = request.kind == "promote"
        if let index = deployments.firstIndex(where: { $0.id == request.to }) {
          deployments[index].isAssigned = true
          deployments[index].aliased = deployments[index].aliased ?? request.ends
          arrival = max(arrival ?? .distantPast, deployments[index].created)
        }
      }
    }
  }

  /// Deployments created up to here have had their turn at the production address.
  private var arrival: Date?

  private mutating func move(to deployment: String) {
    guard deployment != production else { return }
    before = production
    production = deployment
  }

  mutating func deploy(meta: [String: String], repeating source: String? = nil, now: Date) -> VercelDeploymentRecord {
    serial += 1
    let kept = settings.redeployKeepsVariables ? deployments.first { $0.id == source }?.variables : nil
    var present = Dictionary(
      variables.filter { $0.targets.contains("production") }.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    if strikes(.modeIsLost) { present["MASKINPORTEN_MODE"] = nil }
    let skips = settings.skipsBuilds && settings.ignoreCommand != nil
    var end = VercelDeploymentRecord.End.ready
    if skips {
      end = .canceled
    } else if strikes(.buildFails) {
      end = .error("Command \"npm run build\" exited with 1")
    }
    if end == .ready, strikes(.aliasFails) { end = .aliasError }
    if end == .ready, strikes(.checksFail) { end = .checksFailed }
    let record = VercelDeploymentRecord(
      id: "dpl_\(serial)", created: now, ends: now + (skips ? .seconds(7) : settings.buildTime), end: end, meta: meta,
      variables: kept ?? present)
    deployments.append(record)
    return record
  }

  mutating func setByHand(_ key: String, to value: String?, now: Date) {
    guard let value else { return variables.removeAll { $0.key == key } }
    if let index = variables.firstIndex(where: { $0.key == key }) {
      variables[index].value = value
      variables[index].updated = now
    } else {
      variables.append(
        VercelVariableRecord(
          id: newID("env"), key: key, value: value, type: "sensitive", targets: ["production"], created: now,
          updated: now))
    }
  }

  mutating func newID(_ kind: String) -> String {
    serial += 1
    return "\(kind)_\(serial)"
  }
}
