package import RotationCore

/// A world with its app, and what a rotation needs to reach them.
package struct SimulatorScenario: Sendable {
  package let world: SimulatedWorld
  package let app: SimulatedApp
  /// The project that the app runs on, where it is hosted.
  package let host: VercelHost?
  /// The key in use at the beginning.
  package let outgoing: KeyReference
  package let setup: SimulatorSetup
  /// The variables that the runbook names, and `KEYTURN_PASSPHRASE`. Rehearsal secrets, made a moment ago.
  package let environment: [String: String]

  /// The app's environment file.
  package var environmentFile: String { RehearsalFiles(folder: setup.folder).path(of: ".env") }

  /// The app makes one token request at every halt of the clock's jumps.
  package func watch(_ clock: VirtualClock) {
    clock.onHalt { [app] _ in _ = app.call() }
  }

  /// Writes `runbook.yaml` (0600) beside the environment file and returns its path. `reload` is the argv that makes
  /// the app read its file again, such as a POST to `/app/reload`. Throws `Failure`.
  package func writeRunbook(port: Int, reload: [String]?) throws -> String {
    let files = RehearsalFiles(folder: setup.folder)
    try files.write(runbook(port: port, reload: reload), as: "runbook.yaml")
    return files.path(of: "runbook.yaml")
  }

  /// What `keyturn simulate` prints first (contract, section 4).
  package func announcement(port: Int, runbook: String) -> JSONValue {
    var members: [String: JSONValue] = [
      "port": .integer(Int64(port)), "runbook": .string(runbook), "env_file": .string(environmentFile),
      "environment": .object(environment.merging(live(port: port)) { given, _ in given }.mapValues(JSONValue.string)),
    ]
    if host != nil {
      members["outgoing"] = [
        "kid": .string(outgoing.kid.rawValue),
        "pem_file": .string(RehearsalFiles(folder: setup.folder).path(of: "outgoing.pem")),
      ]
    }
    return .object(members)
  }

  /// With the environment file, all that the live integration is set up by.
  private func live(port: Int) -> [String: String] {
    let base = "http://127.0.0.1:\(port)/"
    return [
      "MASKINPORTEN_MODE": "live", "MASKINPORTEN_ISSUER": base + setup.settings.issuerPath,
      "MASKINPORTEN_TOKEN_ENDPOINT": base + "token",
    ]
  }

  /// The runbook's text (contract, section 5).
  package func runbook(port: Int, reload: [String]?) -> String {
    let base = "http://127.0.0.1:\(port)"
    let scopes = JSONValue.array(setup.scopes.map(JSONValue.string))
    let reloadLine = reload.map { "\n    reload: \(JSONValue.array($0.map(JSONValue.string)).text)" } ?? ""
    let target =
      switch setup.hosting {
      case .file: "  - kind: dotenv\n    path: .env\n    encoding: single-quoted\(reloadLine)"
      case .vercel:
        "  - kind: vercel\n    token: ${VERCEL_TOKEN}\n    project: rehearsal-app\n    api: \(base)/vercel"
      }
    let timing = setup.timing
    return """
      \(RehearsalFiles.mark)
      name: rehearsal
      maskinporten:
        environment: custom
        client_id: ${MASKINPORTEN_CLIENT_ID}
        scopes: \(scopes.text)
        issuer: \(base)/\(setup.settings.issuerPath)
        token_endpoint: \(base)/token
        self_service_api: \(base)/api/v1
      key:
        algorithm: \(setup.algorithm.rawValue)
        bits: 2048
        kid: "rehearsal-{date}-{thumbprint}"
      portal:
        kind: self-service
        admin_client_id: ${PORTAL_ADMIN_CLIENT_ID}
        admin_kid: ${PORTAL_ADMIN_KID}
        admin_key: ${PORTAL_ADMIN_PRIVATE_KEY}
        admin_scopes: ["idporten:dcr.read", "idporten:dcr.write"]
      targets:
      \(target)
          beacon_url: \(base)/app/signer
      verification:
        readiness_url: \(base)/api/v1/_internal/maskinporten/readiness
        readiness_secret: ${INTERNAL_API_SECRET}
        successes: \(setup.successes)
        interval: \(setup.interval.short)
        budget: \(setup.budget.short)
      timing:
        propagation: \(timing.propagation.short)
        overlap: \(timing.overlap.short)
        quarantine: \(timing.quarantine.short)
        settle: \(timing.settle.short)

      """
  }
}

extension JSONValue {
  /// One line of JSON, which is YAML too.
  fileprivate var text: String { String(decoding: canonical, as: UTF8.self) }
}
