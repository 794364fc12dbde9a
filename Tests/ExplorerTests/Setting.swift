import Foundation
import RotationCore
import RotationTestSupport

/// One corner of the space: what stays as it is on every path.
struct Setting: Sendable, CustomStringConvertible {
  var name: String
  var manual = false
  var targets = 1
  /// Keys of other systems in the portal at the start.
  var others = 1
  var emergency = false
  var hasBeacon = true
  var reloads = true
  /// A pair that was written without an answer cannot land later.
  var settlesAtOnce = true
  /// Kid and private half are written at once.
  var writesWhole = true
  var approvals = 0
  var hasWindow = false
  /// The incoming key was imported.
  var usesImported = false
  var onFailure = Runbook.OnFailure.hold
  /// Rotations on one path.
  var rotations = 1
  /// Disturbances on one path.
  var disturbances = 1
  /// Fewer kinds of disturbance: no neighbour is silent for a whole run, and nobody sets a pair but ours or a stranger's.
  var isNarrow = false
  /// Disturbances come two at once: a pair of changes by hand, or a change right after a write that got no answer.
  var isPaired = false
  /// The phases in which disturbances strike; nil for all, and before a rotation.
  var strikesIn: Set<Phase>?
  /// States at most; 0 for all that there are.
  var limit = 0

  var description: String { name }

  func strikes(_ phase: Phase?) -> Bool { strikesIn.map { some in phase.map(some.contains) ?? false } ?? true }

  static let imported = PaperKeys.reference("imported")
  var targetNames: [String] { ["dotenv:/a/.env", "dotenv:/b/.env"].prefix(targets).map { $0 } }

  func stage() -> Stage {
    let stage = Stage(
      manual: manual, others: others, targets: targetNames, hasBeacon: hasBeacon, reloads: reloads,
      settlesAtOnce: settlesAtOnce, writesWhole: writesWhole, asksFirstNode: true,
      clock: ManualClock(tick: .milliseconds(1))
    ) { runbook in
      runbook.key.kidPattern = "{thumbprint}"
      if usesImported { runbook.key.use = Self.imported.kid }
      // A rotation after the first is opened by `--new` alone, so that paths are as long as the setting says.
      runbook.key.minAge = .seconds(366 * 86_400)
      runbook.emergency = emergency
      runbook.approvals = .init(swap: approvals, retire: approvals)
      runbook.onFailure = onFailure
      runbook.verification.successes = 1
      runbook.verification.interval = .seconds(10)
      runbook.verification.budget = .seconds(10)
      runbook.timing = .init(
        propagation: .seconds(300), overlap: emergency ? .zero : .seconds(86_400),
        quarantine: .seconds(30 * 86_400), settle: .seconds(120))
      if hasWindow {
        runbook.window = MaintenanceWindow(days: MaintenanceWindow.Day.allCases, from: 480, until: 960, timeZone: "UTC")
      }
    }
    if usesImported {
      stage.ledger.change { state in
        state.keys[Self.imported.kid] = SealedKey(
          reference: Self.imported, origin: .imported, createdAt: .distantPast, pkcs8: Data("imported".utf8))
        state.history[Self.imported.kid] = [Self.imported.publicKey]
      }
    }
    return stage
  }

  /// The whole: what `make explore` runs.
  static let whole: [Setting] = [
    Setting(name: "one target"),
    Setting(name: "two targets", targets: 2),
    Setting(name: "slow target", settlesAtOnce: false),
    Setting(name: "half pairs", settlesAtOnce: false, writesWhole: false),
    Setting(name: "two rotations", rotations: 2, isNarrow: true),
    Setting(name: "emergency", emergency: true),
    Setting(name: "emergency, full portal", others: 3, emergency: true, isNarrow: true),
    Setting(name: "full portal", others: 3),
    Setting(name: "no beacon", hasBeacon: false, reloads: false),
    Setting(name: "approvals and a window", approvals: 1, hasWindow: true),
    Setting(name: "an imported key", usesImported: true),
    Setting(name: "rolls back by itself", onFailure: .rollback),
    Setting(name: "manual portal", manual: true),
    Setting(name: "manual portal, emergency", manual: true, emergency: true),
    Setting(name: "manual portal, no beacon", manual: true, hasBeacon: false, reloads: false),
    Setting(name: "manual portal, two targets", manual: true, targets: 2, isNarrow: true),
    Setting(name: "emergency, two targets", targets: 2, emergency: true, isNarrow: true),
    Setting(name: "half pairs, two targets", targets: 2, settlesAtOnce: false, writesWhole: false, isNarrow: true),
    Setting(name: "changed twice at once", settlesAtOnce: false, isPaired: true),
    Setting(name: "emergency, changed twice at once", emergency: true, settlesAtOnce: false, isPaired: true),
    Setting(name: "disturbed twice", disturbances: 2, isNarrow: true),
    Setting(name: "slow target, disturbed twice", settlesAtOnce: false, disturbances: 2, isNarrow: true),
  ]

  /// Small enough for every test run: the corners undisturbed, and the beginning of one of them disturbed once.
  static let sample: [Setting] = {
    var undisturbed = whole.filter { !$0.isPaired && $0.disturbances < 2 }
    for index in undisturbed.indices { undisturbed[index].disturbances = 0 }
    let begun = Setting(name: "one target, begun", limit: 900)
    let generated = Setting(name: "one target, disturbed where it is generated", strikesIn: [.generated])
    return undisturbed + [begun, generated]
  }()
}
