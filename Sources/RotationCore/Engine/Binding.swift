package import Foundation

extension Runbook {
  /// What a rotation is bound to for its whole life, as digests of the resolved values: another client, issuer, endpoint,
  /// portal or target under the same rotation is refused. `former`: as versions made it that left out an exec target's
  /// settings and a Vercel target's variables.
  package func binding(former: Bool = false, digest: (Data) -> String) -> [String: String] {
    var values = [
      "client": maskinporten.clientID.rawValue, "issuer": maskinporten.issuer,
      "token_endpoint": maskinporten.tokenEndpoint,
    ]
    switch portal {
    case .manual: values["portal"] = "manual"
    case .selfService(let admin): values["portal"] = "\(maskinporten.selfServiceAPI ?? "") \(admin.clientID)"
    }
    for (index, target) in targets.enumerated() {
      values["target \(index + 1)"] =
        switch target.kind {
        case .dotenv(let dotenv): "dotenv \(dotenv.path) \(dotenv.variables.kid) \(dotenv.variables.privateKey)"
        case .vercel(let vercel):
          "vercel \(vercel.api) \(vercel.project) \(vercel.team ?? "")"
            + (former ? "" : " \(vercel.variables.kid) \(vercel.variables.privateKey)")
        case .exec(let exec):
          "exec \(exec.command.joined(separator: "\u{0}"))"
            + (former ? "" : "\u{0}\u{0}" + String(decoding: JSONValue.object(exec.settings).canonical, as: UTF8.self))
        }
    }
    return values.mapValues { digest(Data($0.utf8)) }
  }

  /// Why `self` cannot take the place of `old` under an open rotation (`--rebind`); empty when it can. Verification,
  /// window, notify, on_failure, longer timing and the admin client's kid and key may change.
  package func rebindProblems(from old: Runbook) -> [String] {
    var comparable = self
    comparable.verification = old.verification
    comparable.window = old.window
    comparable.notify = old.notify
    comparable.onFailure = old.onFailure
    comparable.variablesNamed = old.variablesNamed
    var problems: [String] = []
    for (name, new, was) in [
      ("propagation", timing.propagation, old.timing.propagation), ("overlap", timing.overlap, old.timing.overlap),
      ("quarantine", timing.quarantine, old.timing.quarantine), ("settle", timing.settle, old.timing.settle),
    ] where new < was {
      problems.append("timing.\(name) is shorter than at opening (\(new.short), was \(was.short))")
    }
    comparable.timing = old.timing
    if case .selfService(var admin) = comparable.portal, case .selfService(let before) = old.portal {
      admin.kid = before.kid
      admin.privateKey = before.privateKey
      comparable.portal = .selfService(admin)
    }
    for (name, isSame) in [
      ("name", comparable.name == old.name), ("maskinporten", comparable.maskinporten == old.maskinporten),
      ("key", comparable.key == old.key), ("portal", comparable.portal == old.portal),
      ("targets", comparable.targets == old.targets), ("approvals", comparable.approvals == old.approvals),
      ("emergency", comparable.emergency == old.emergency),
    ] where !isSame {
      problems.append("\(name) changed, and may not")
    }
    return problems
  }

  /// What the ledger alone knows: enough to destroy a key after its quarantine without the runbook.
  init(remembering rotation: Rotation) {
    self.init(
      name: rotation.runbookName,
      maskinporten: Maskinporten(
        environment: .custom, clientID: rotation.clientID, scopes: [], issuer: rotation.issuer, tokenEndpoint: ""),
      portal: .manual, targets: [], timing: rotation.timing, folder: "/")
  }
}

extension Neighbourhood {
  /// No neighbour can be looked at; the last look counts.
  static let outOfReach = Neighbourhood(tokens: NoEndpoint(), portal: nil, sites: [])

  private struct NoEndpoint: TokenEndpoint {
    private let trouble = NeighbourTrouble(neighbour: "maskinporten", kind: .unreachable, detail: "not looked at")
    func attempt(with signer: any AssertionSigner) async -> TokenAttempt { .trouble(trouble) }
    func attempt(with signer: any AssertionSigner, for scope: String) async -> TokenAttempt { .trouble(trouble) }
    func metadata() async throws -> ServerMetadata { throw trouble }
  }
}
