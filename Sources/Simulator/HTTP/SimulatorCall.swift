internal import Foundation
internal import RotationCore

/// An HTTP request, taken apart.
struct SimulatorCall {
  enum Destination: Hashable {
    case route(SimulatorRoute)
    /// `/_simulator/…`: for whoever runs the simulator; never struck by a fault.
    case control(ControlRoute)
  }

  let destination: Destination
  /// The one in the path, or the `iss` of a token request.
  let client: ClientID?
  let authorization: String?
  let contentType: String?
  let body: Data
  /// `PUT` answers 200 where `POST` answers as the knob says.
  let isPut: Bool
  /// The deployment whose own address was called.
  var deployment: String?
  /// `x-vercel-protection-bypass`
  var bypass: String?
  var vercel: VercelCall?
}

/// Looking in from outside, all JSON:
///
/// | call | body | answer |
/// |---|---|---|
/// | `GET /_simulator/calls` | | `total`, `counts` and `app` (`{kid: {granted, refused}}`), `calls` (the last ones) |
/// | `GET /_simulator/state` | | `now`, `issuer`, `clients` (`keys`; `nodes`: accepted kids), `app`, `faults` |
/// | `POST /_simulator/time` | `{"advance_seconds": 90}` | `now`; 409 on the real clock |
/// | `POST /_simulator/keys` | a `HandEdit` | the state |
/// | `POST /_simulator/settings` | knobs (`WorldSettings.turn`) | the state |
/// | `POST /_simulator/faults` | a `FaultPlan`, added to what is there | the state |
/// | `DELETE /_simulator/faults` | | the state |
enum ControlRoute: Hashable { case calls, time, keys, state, settings, faults, noFaults }

/// Which call a method and a path mean.
enum RouteTable {
  enum Match: Equatable {
    case found(SimulatorCall.Destination, client: ClientID?)
    case otherMethods([String])
    case none
  }

  /// `issuerPath` as in `WorldSettings`: the metadata of such an issuer has two spellings (RFC 8414 sections 3.1 and 5).
  static func match(_ method: String, _ path: String, issuerPath: String) -> Match {
    let parts = path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
    let methods = methods(parts, issuer: issuerPath.split(separator: "/").map(String.init))
    if let destination = methods[method] {
      let client = parts.starts(with: ["api", "v1", "clients"]) ? ClientID(parts[3]) : nil
      return .found(destination, client: client)
    }
    return methods.isEmpty ? .none : .otherMethods(methods.keys.sorted())
  }

  /// What is called behind `/vercel`; nil for every other path.
  static func vercel(_ path: String) -> [String]? {
    let parts = path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
    return parts.first == "vercel" ? Array(parts.dropFirst()) : nil
  }

  /// `/deployments/dpl_2/app/signer` is `/app/signer` of one deployment.
  static func behindDeployment(_ path: String) -> (path: String, deployment: String?) {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count > 2, parts[0] == "deployments" else { return (path, nil) }
    return ("/" + parts.dropFirst(2).joined(separator: "/"), parts[1])
  }

  private static func methods(_ parts: [String], issuer: [String]) -> [String: SimulatorCall.Destination] {
    let wellKnown = [".well-known", "oauth-authorization-server"]
    switch parts {
    case ["token"]: return ["POST": .route(.token)]
    case wellKnown, wellKnown + issuer, issuer + wellKnown: return ["GET": .route(.metadata)]
    case ["jwk"]: return ["GET": .route(.serverKeys)]
    case ["api", "v1", "_internal", "maskinporten", "readiness"]: return ["GET": .route(.readiness)]
    case ["app", "signer"]: return ["GET": .route(.signer)]
    case ["app", "reload"]: return ["POST": .route(.reload)]
    case ["app", "call"]: return ["GET": .route(.call)]
    case ["_simulator", "calls"]: return ["GET": .control(.calls)]
    case ["_simulator", "state"]: return ["GET": .control(.state)]
    case ["_simulator", "time"]: return ["POST": .control(.time)]
    case ["_simulator", "keys"]: return ["POST": .control(.keys)]
    case ["_simulator", "settings"]: return ["POST": .control(.settings)]
    case ["_simulator", "faults"]: return ["POST": .control(.faults), "DELETE": .control(.noFaults)]
    default: break
    }
    guard parts.starts(with: ["api", "v1", "clients"]), parts.count == 4 || parts.count == 5 else { return [:] }
    if parts.count == 4 { return ["GET": .route(.clientRead)] }
    guard parts[4] == "jwks" else { return [:] }
    return [
      "GET": .route(.keysRead), "POST": .route(.keysWrite), "PUT": .route(.keysWrite),
      "DELETE": .route(.keysDelete),
    ]
  }
}
