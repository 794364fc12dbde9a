internal import RotationCore

enum DotenvMember: String, Member {
  case kind, path, encoding, variables, reload
  case reloadTimeout = "reload_timeout"
  case beaconURL = "beacon_url"
  static let section = "targets[dotenv]"
}

enum ExecMember: String, Member {
  case kind, command, timeout, settings
  case beaconURL = "beacon_url"
  static let section = "targets[exec]"
}

enum VariablesMember: String, Member {
  case kid
  case privateKey = "private_key"
  static let section = "targets[].variables"
}

enum TargetKind: String, CaseIterable { case dotenv, vercel, exec }

enum LaterTargetKind: String, CaseIterable {
  case kubernetes, vault
  case awsSecretsManager = "aws-secrets-manager"
}

extension Form where Value == [Runbook.Target] {
  /// At least one target, and none twice.
  static func targets(in environment: Runbook.Environment?) -> Form {
    Form { branch, reading in
      guard let targets = Form.list(of: .target(in: environment)).read(branch, reading) else { return nil }
      guard case .list(let branches) = branch.content else { return nil }
      var first: [Runbook.Target.Identity: Branch] = [:]
      for (target, branch) in zip(targets, branches) {
        if let earlier = first[target.identity] {
          let _: Never? = reading.refuse(branch, "is the same target as `\(earlier.path)`")
        } else {
          first[target.identity] = branch
        }
      }
      return targets
    }
  }
}

extension Form where Value == Runbook.Target {
  static func target(in environment: Runbook.Environment?) -> Form {
    Form { branch, reading in
      guard case .map(let entries) = branch.content else { return reading.refuse(branch, "must be a mapping") }
      guard let kind = entries.first(where: { $0.key == "kind" })?.value else {
        reading.fault("`\(Branch.path(branch.path, "kind"))` is missing", at: branch.place)
        return nil
      }
      switch Form<TargetKind>.targetKind.read(kind, reading) {
      case .dotenv: return MappingReader(branch, reading).flatMap { Runbook.Dotenv.read($0, in: environment) }
      case .vercel: return MappingReader(branch, reading).flatMap { Runbook.Vercel.read($0, in: environment) }
      case .exec: return MappingReader(branch, reading).flatMap { Runbook.Exec.read($0, in: environment) }
      case nil: return nil
      }
    }
  }
}

extension Form where Value == TargetKind {
  fileprivate static var targetKind: Form {
    Form { branch, reading in
      guard let text = Form<String>.text.read(branch, reading) else { return nil }
      if let kind = TargetKind(rawValue: text) { return kind }
      let claim =
        LaterTargetKind(rawValue: text).map { "\($0.rawValue) is not available yet; an `exec` target can reach it" }
        ?? mismatch(branch, among: TargetKind.allCases.map(\.rawValue))
      return reading.refuse(branch, claim)
    }
  }
}

extension Runbook.Target {
  /// What makes two targets the same place.
  fileprivate enum Identity: Hashable {
    case file(String)
    case project(api: String, team: String?, name: String)
    case program([String], [String: JSONValue])
  }

  fileprivate var identity: Identity {
    switch kind {
    case .dotenv(let target): .file(target.path)
    case .vercel(let target): .project(api: target.api, team: target.team, name: target.project)
    case .exec(let target): .program(target.command, target.settings)
    }
  }
}

extension Runbook.Dotenv {
  static func read(_ reader: MappingReader<DotenvMember>, in environment: Runbook.Environment?) -> Runbook.Target? {
    let path = reader.required(.path, .file)
    let encoding = reader.optional(.encoding, .choice(Encoding.self)) ?? .singleQuoted
    let variables = reader.optional(.variables, .variables) ?? Runbook.Variables()
    let reload = reader.optional(.reload, .argv)
    let timeout = reader.optional(.reloadTimeout, .duration(atLeast: .seconds(1)))
    let beacon = reader.optional(.beaconURL, .url(in: environment))
    guard let path else { return nil }
    let target = Self(
      path: path, encoding: encoding, variables: variables, reload: reload, reloadTimeout: timeout ?? .seconds(60))
    return Runbook.Target(kind: .dotenv(target), beaconURL: beacon)
  }
}

extension Runbook.Exec {
  static func read(_ reader: MappingReader<ExecMember>, in environment: Runbook.Environment?) -> Runbook.Target? {
    let command = reader.required(.command, .argv)
    let timeout = reader.optional(.timeout, .duration(atLeast: .seconds(1)))
    let settings = reader.optional(.settings, .object)
    let beacon = reader.optional(.beaconURL, .url(in: environment))
    guard let command else { return nil }
    let target = Self(command: command, timeout: timeout ?? .seconds(60), settings: settings ?? [:])
    return Runbook.Target(kind: .exec(target), beaconURL: beacon)
  }
}

extension Form where Value == Runbook.Variables {
  static var variables: Form {
    members(VariablesMember.self) { reader in
      let standard = Runbook.Variables()
      let kid = reader.optional(.kid, .variableName) ?? standard.kid
      let privateKey = reader.optional(.privateKey, .variableName) ?? standard.privateKey
      guard kid != privateKey else { return reader.reading.refuse(reader.branch, "must name two different variables") }
      return Runbook.Variables(kid: kid, privateKey: privateKey)
    }
  }
}
