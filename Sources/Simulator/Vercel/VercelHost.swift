package import Foundation
package import RotationCore
private import Synchronization

/// One project on Vercel as its API shows it, with the documented quirks: sensitive values are never told again, a value
/// is seen by deployments that are created after it, READY is not live, a rollback pins the project, a promote unpins it.
/// A function of the calls it got and of the clock; it never waits.
///
/// Sources: vercel.com/docs (REST API, environment variables, instant rollback), the official client, vercel/sdk.
package final class VercelHost: Sendable {
  /// What a test or a rehearsal wants different.
  package struct Settings: Sendable {
    package var token: String
    package var project = "rehearsal-app"
    package var team: String?
    /// From the request for a deployment until it is ready.
    package var buildTime: Duration = .seconds(2)
    /// From ready until the production address leads there; as long for a promote and a rollback.
    package var aliasTime: Duration = .seconds(1)
    package var autoAssign = true
    /// `commandForIgnoringBuildStep`: with `skipsBuilds`, every redeploy is cancelled after a moment.
    package var ignoreCommand: String?
    package var skipsBuilds = false
    /// Whether a redeploy keeps the variables of the deployment that it repeats.
    package var redeployKeepsVariables = false
    /// A rollback reaches only the deployment before the present one.
    package var isHobby = false
    /// Deployment Protection on immutable addresses.
    package var protectionBypass: String?
    /// With rolling releases on: for how long a promoted deployment shares the traffic with the one before it.
    package var rollTime: Duration?
    /// A rolling release to this deployment is under way.
    package var canary: String?
    /// A token that may not edit the project.
    package var keepsSettings = false
    /// A token that is given no value in clear.
    package var sealsValues = false
    /// The team makes every new variable sensitive.
    package var forcesSensitive = false
    /// From a promote or a rollback until the project shows it.
    package var requestLag: Duration = .zero
    /// A token that may not see production's variables.
    package var hidesProduction = false
    /// Variables of a page, with more on the next.
    package var pageLength: Int?

    package init(token: String) { self.token = token }
  }

  /// What goes wrong once, at the next call that it can go wrong at.
  package enum Mishap: Sendable, Hashable {
    /// 201 with the second variable in `failed`.
    case halfOfTheVariables
    /// 400 «ongoing env update».
    case ongoingUpdate
    case buildFails
    case aliasFails
    /// A check that stands before the production address fails.
    case checksFail
    /// The next traffic change ends `failed`.
    case trafficFails
    /// The next deployment is built without `MASKINPORTEN_MODE`, so that it starts as a mock.
    case modeIsLost
    /// The next call that would change something is kept out by the rate limit.
    case tooManyRequests(Limit)
    /// The next call that looks is.
    case tooManyLooks(Limit)
  }

  /// How a 429 says when the next call may go out.
  package enum Limit: Sendable, Hashable {
    case seconds(Int), date(Date), resetHeader(Date), resetMember(Date), nothing
  }

  private let clock: any WallClock
  private let state: Mutex<VercelState>

  package init(_ settings: Settings, variables: [String: String], type: String = "sensitive", clock: any WallClock) {
    self.clock = clock
    state = Mutex(VercelState(settings, variables: variables, type: type, now: clock.now()))
  }

  /// Everything as at the beginning, with these variables live.
  package func begin(with variables: [String: String], type: String = "sensitive") {
    with { state, now in state.begin(with: variables, type: type, now: now) }
  }

  /// One call, at one instant.
  func with<Result: Sendable>(_ body: (inout VercelState, Date) -> Result) -> Result {
    let now = clock.now()
    return state.withLock { state in
      state.settle(now)
      return body(&state, now)
    }
  }

  package func change(_ knobs: (inout Settings) -> Void) { with { state, _ in knobs(&state.settings) } }
  package func plan(_ mishap: Mishap) { with { state, _ in state.mishaps.append(mishap) } }

  // MARK: Seen from outside

  /// A call as it came and the answer as it went, values included: held in memory only.
  package struct Exchange: Sendable {
    package let method: String
    /// Behind the base address: `["v10", "projects", "rehearsal-app", "env"]`.
    package let path: [String]
    package let query: [String: String]
    package let request: JSONValue?
    package let status: Int
    package let answer: JSONValue?
  }

  /// The last thousand, oldest first.
  package var exchanges: [Exchange] { with { state, _ in state.exchanges } }

  /// The deployment that the production address leads to, and what it was built with.
  package var live: (deployment: String, variables: [String: String]) {
    with { state, _ in (state.production, state.deployments.first { $0.id == state.production }?.variables ?? [:]) }
  }

  package func variables(of deployment: String) -> [String: String]? {
    with { state, _ in state.deployments.first { $0.id == deployment }?.variables }
  }

  /// Deployments that were asked for, the first one included.
  package var deploymentCount: Int { with { state, _ in state.deployments.count } }
  package var assignsByItself: Bool { with { state, _ in state.settings.autoAssign } }

  func admits(bypass: String?) -> Bool {
    with { state, _ in state.settings.protectionBypass.map { $0 == bypass } ?? true }
  }

  // MARK: By hand

  /// Somebody sets a variable in the dashboard (nil removes it); the comment stays.
  package func set(_ key: String, to value: String?) {
    with { state, now in state.setByHand(key, to: value, now: now) }
  }

  /// Somebody gives other environments a variable of their own, or one that production shares with them.
  package func add(_ key: String, _ value: String, targets: [String], customEnvironments: Int = 0) {
    with { state, now in
      state.variables.append(
        VercelVariableRecord(
          id: state.newID("env"), key: key, value: value, type: "sensitive", targets: targets, created: now,
          updated: now, customEnvironments: customEnvironments))
    }
  }

  /// What a variable of these very environments is set to.
  package func value(_ key: String, of targets: [String]) -> String? {
    with { state, _ in state.variables.first { $0.key == key && $0.targets == targets }?.value }
  }

  /// Somebody presses Instant Rollback, or Promote.
  package func lead(to deployment: String, by kind: String = "rollback") {
    with { state, now in _ = state.move(kind, to: deployment, now) }
  }

  /// Somebody pushes a commit: a deployment with the variables as they are.
  /// Returns its id.
  @discardableResult package func push() -> String {
    with { state, now in state.deploy(meta: ["githubDeployment": "1"], now: now).id }
  }

  /// Somebody deletes a deployment: it is listed as that, and not there any more.
  package func delete(_ deployment: String) {
    with { state, now in
      guard let index = state.deployments.firstIndex(where: { $0.id == deployment }) else { return }
      (state.deployments[index].end, state.deployments[index].ends) = (.deleted, now)
    }
  }
}
