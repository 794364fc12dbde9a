internal import RotationCore

enum VercelMember: String, Member {
  case kind, token, project, team, environment, variables, type, deploy
  case hookURL = "hook_url"
  case promote, staged
  case protectionBypass = "protection_bypass"
  case api
  case beaconURL = "beacon_url"
  static let section = "targets[vercel]"
}

extension Runbook.Vercel {
  private enum Place: String, CaseIterable { case production }
  private enum DeployWord: String, CaseIterable { case redeploy, hook }

  static func read(_ reader: MappingReader<VercelMember>, in environment: Runbook.Environment?) -> Runbook.Target? {
    let token = reader.required(.token, .secret(inClear: .refusedOutsideCustom(environment)))
    let project = reader.required(.project, .word)
    let team = reader.optional(.team, .word)
    _ = reader.optional(.environment, .choice(Place.self))
    let variables = reader.optional(.variables, .variables) ?? Runbook.Variables()
    let type = reader.optional(.type, .choice(VariableType.self)) ?? .sensitive
    let deploy = deploy(reader, in: environment)
    let promote = reader.optional(.promote, .flag) ?? true
    let staged = reader.optional(.staged, .flag)
    let bypass = reader.optional(.protectionBypass, .secret(inClear: .refusedOutsideCustom(environment)))
    let beacon = reader.optional(.beaconURL, .url(in: environment))
    if environment == .production || environment == .test { reader.forbid(.api, "is for `environment: custom` only") }
    let api = environment == .custom ? reader.optional(.api, .base(in: .custom)) : nil
    guard let token, let project, let deploy else { return nil }
    var target = Self(
      token: token, project: project, team: team, variables: variables, type: type, deploy: deploy, promote: promote,
      staged: staged, protectionBypass: bypass)
    if let api { target.api = api }
    return Runbook.Target(kind: .vercel(target), beaconURL: beacon)
  }

  private static func deploy(_ reader: MappingReader<VercelMember>, in environment: Runbook.Environment?) -> Deploy? {
    let form = Form.secret(.url(in: environment), inClear: .warnedOfOutsideCustom(environment))
    switch reader.gives(.deploy) ? reader.optional(.deploy, .choice(DeployWord.self)) : .redeploy {
    case .hook: return reader.required(.hookURL, form, because: "`deploy: hook` calls it").map(Deploy.hook)
    case .redeploy:
      reader.forbid(.hookURL, "is for `deploy: hook` only")
      return .redeploy
    case nil:
      _ = reader.optional(.hookURL, form)
      return nil
    }
  }
}

extension Form<SecretString>.InClear {
  /// A rehearsal's secrets open nothing.
  static func refusedOutsideCustom(_ environment: Runbook.Environment?) -> Self {
    environment == .custom ? .warnedOf : .refused
  }

  /// For addresses, which are only a secret if they hold one.
  static func warnedOfOutsideCustom(_ environment: Runbook.Environment?) -> Self {
    environment == .custom ? .taken : .warnedOf
  }
}
