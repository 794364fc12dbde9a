/// A runbook's parameters, checked and with every `${NAME}` resolved. It can never add, drop or reorder a step.
package struct Runbook: Sendable, Equatable {
  package var name: String
  package var maskinporten: Maskinporten
  package var key: Key
  package var portal: Portal
  package var targets: [Target]
  package var verification: Verification
  package var timing: Timing
  package var window: MaintenanceWindow?
  package var approvals: Approvals
  package var onFailure: OnFailure
  package var emergency: Bool
  package var notify: [Webhook]
  /// The folder that relative paths are relative to; absolute.
  package var folder: String
  /// The names between `${` and `}`: a child's environment never has them.
  package var variablesNamed: Set<String>

  package init(
    name: String, maskinporten: Maskinporten, key: Key = Key(), portal: Portal, targets: [Target],
    verification: Verification = Verification(), timing: Timing = Timing(), window: MaintenanceWindow? = nil,
    approvals: Approvals = Approvals(), onFailure: OnFailure = .hold, emergency: Bool = false,
    notify: [Webhook] = [], folder: String, variablesNamed: Set<String> = []
  ) {
    self.name = name
    self.maskinporten = maskinporten
    self.key = key
    self.portal = portal
    self.targets = targets
    self.verification = verification
    self.timing = timing
    self.window = window
    self.approvals = approvals
    self.onFailure = onFailure
    self.emergency = emergency
    self.notify = notify
    self.folder = folder
    self.variablesNamed = variablesNamed
  }

  package enum Environment: String, Sendable, Hashable, Codable, CaseIterable { case production, test, custom }
  package enum OnFailure: String, Sendable, Hashable, Codable, CaseIterable { case hold, rollback }

  package struct Maskinporten: Sendable, Equatable {
    package var environment: Environment
    package var clientID: ClientID
    package var scopes: [String]
    /// The `aud` of every assertion, byte for byte.
    package var issuer: String
    package var tokenEndpoint: String
    /// Base of the self-service API, without a trailing slash.
    package var selfServiceAPI: String?
    /// PEM file of extra trust anchors; absolute.
    package var caFile: String?

    package init(
      environment: Environment, clientID: ClientID, scopes: [String], issuer: String, tokenEndpoint: String,
      selfServiceAPI: String? = nil, caFile: String? = nil
    ) {
      self.environment = environment
      self.clientID = clientID
      self.scopes = scopes
      self.issuer = issuer
      self.tokenEndpoint = tokenEndpoint
      self.selfServiceAPI = selfServiceAPI
      self.caFile = caFile
    }
  }

  package struct Key: Sendable, Equatable {
    package var algorithm: SigningAlgorithm
    package var bits: Int
    package var kidPattern: String
    package var minAge: Duration
    /// A key already in the store instead of a generated one.
    package var use: KeyID?

    package init(
      algorithm: SigningAlgorithm = .RS256, bits: Int = 3072, kidPattern: String = "{date}-{thumbprint}",
      minAge: Duration = .seconds(86_400), use: KeyID? = nil
    ) {
      self.algorithm = algorithm
      self.bits = bits
      self.kidPattern = kidPattern
      self.minAge = minAge
      self.use = use
    }

    /// The kid for a key made on `day` (yyyymmdd, UTC).
    package func kid(day: String, thumbprint: Thumbprint) -> KeyID {
      KeyID(
        kidPattern.replacing("{date}", with: day).replacing("{thumbprint}", with: thumbprint.rawValue))
    }
  }

  package enum Portal: Sendable, Equatable {
    case selfService(AdminClient)
    case manual

    package var isManual: Bool { self == .manual }
  }

  /// The client that may edit the key set (Digdir, Samarbeidsportalen self-service API).
  package struct AdminClient: Sendable, Equatable {
    package var clientID: ClientID
    package var kid: KeyID
    package var privateKey: SecretString
    package var scopes: [String]

    package init(clientID: ClientID, kid: KeyID, privateKey: SecretString, scopes: [String]) {
      self.clientID = clientID
      self.kid = kid
      self.privateKey = privateKey
      self.scopes = scopes
    }
  }

  package struct Variables: Sendable, Equatable, Hashable {
    package var kid: String
    package var privateKey: String

    package init(kid: String = "MASKINPORTEN_KID", privateKey: String = "MASKINPORTEN_PRIVATE_KEY") {
      self.kid = kid
      self.privateKey = privateKey
    }
  }

  package struct Target: Sendable, Equatable {
    package var kind: Kind
    package var beaconURL: String?

    package init(kind: Kind, beaconURL: String? = nil) {
      self.kind = kind
      self.beaconURL = beaconURL
    }

    package enum Kind: Sendable, Equatable {
      case dotenv(Dotenv)
      case vercel(Vercel)
      case exec(Exec)
    }
  }

  package struct Dotenv: Sendable, Equatable {
    package enum Encoding: String, Sendable, CaseIterable {
      case singleQuoted = "single-quoted"
      case doubleQuoted = "double-quoted"
      case escaped
      case base64
    }

    /// Absolute.
    package var path: String
    package var encoding: Encoding
    package var variables: Variables
    /// argv; exit 0 means that the new values are live.
    package var reload: [String]?
    package var reloadTimeout: Duration

    package init(
      path: String, encoding: Encoding = .singleQuoted, variables: Variables = Variables(), reload: [String]? = nil,
      reloadTimeout: Duration = .seconds(60)
    ) {
      self.path = path
      self.encoding = encoding
      self.variables = variables
      self.reload = reload
      self.reloadTimeout = reloadTimeout
    }
  }

  package struct Vercel: Sendable, Equatable {
    package enum VariableType: String, Sendable, CaseIterable { case sensitive, encrypted }
    package enum Deploy: Sendable, Equatable {
      case redeploy
      case hook(url: SecretString)
    }

    package var token: SecretString
    package var project: String
    package var team: String?
    package var variables: Variables
    package var type: VariableType
    package var deploy: Deploy
    package var promote: Bool
    /// Whether a deployment is checked at its own address before the production address leads to it; nil: where there is
    /// something to ask there, and `promote` is true.
    package var staged: Bool?
    package var protectionBypass: SecretString?
    package var api: String

    package init(
      token: SecretString, project: String, team: String? = nil, variables: Variables = Variables(),
      type: VariableType = .sensitive, deploy: Deploy = .redeploy, promote: Bool = true,
      staged: Bool? = nil, protectionBypass: SecretString? = nil, api: String = "https://api.vercel.com"
    ) {
      self.token = token
      self.project = project
      self.team = team
      self.variables = variables
      self.type = type
      self.deploy = deploy
      self.promote = promote
      self.staged = staged
      self.protectionBypass = protectionBypass
      self.api = api
    }
  }

  package struct Exec: Sendable, Equatable {
    /// argv of the operator's own program.
    package var command: [String]
    package var timeout: Duration
    package var settings: [String: JSONValue]

    package init(command: [String], timeout: Duration = .seconds(60), settings: [String: JSONValue] = [:]) {
      self.command = command
      self.timeout = timeout
      self.settings = settings
    }
  }

  package struct Verification: Sendable, Equatable {
    package var readinessURL: String?
    package var readinessSecret: SecretString?
    /// Tokens in a row that prove a key.
    package var successes: Int
    package var interval: Duration
    package var budget: Duration

    package init(
      readinessURL: String? = nil, readinessSecret: SecretString? = nil, successes: Int = 3,
      interval: Duration = .seconds(10), budget: Duration = .seconds(600)
    ) {
      self.readinessURL = readinessURL
      self.readinessSecret = readinessSecret
      self.successes = successes
      self.interval = interval
      self.budget = budget
    }
  }

  package struct Timing: Sendable, Hashable, Codable {
    package var propagation: Duration
    package var overlap: Duration
    package var quarantine: Duration
    /// How long a different write waits after one that got no answer.
    package var settle: Duration
    package var expiryWarning: Duration

    package init(
      propagation: Duration = .seconds(300), overlap: Duration = .seconds(86_400),
      quarantine: Duration = .seconds(30 * 86_400), settle: Duration = .seconds(120),
      expiryWarning: Duration = .seconds(30 * 86_400)
    ) {
      self.propagation = propagation
      self.overlap = overlap
      self.quarantine = quarantine
      self.settle = settle
      self.expiryWarning = expiryWarning
    }
  }

  package struct Approvals: Sendable, Hashable, Codable {
    package var swap: Int
    package var retire: Int
    package init(swap: Int = 0, retire: Int = 0) {
      self.swap = swap
      self.retire = retire
    }

    package subscript(step: ApprovedStep) -> Int {
      switch step {
      case .swap: swap
      case .retire: retire
      }
    }
  }

  package struct Webhook: Sendable, Equatable {
    package var url: SecretString
    package var secret: SecretString
    package init(url: SecretString, secret: SecretString) {
      self.url = url
      self.secret = secret
    }
  }
}

/// The client that Maskinporten knows by this id (`iss` of an assertion).
package struct ClientID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
  package init(_ rawValue: String) { self.rawValue = rawValue }
  package var description: String { rawValue }

  package init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}
