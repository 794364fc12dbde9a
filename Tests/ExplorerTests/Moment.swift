import Foundation
import RotationCore
import RotationTestSupport

/// A state of the space: world, store and hour, as values. It was reached by the engine itself, never made up.
struct Moment: Sendable {
  var world: PaperWorld.State
  var ledger: MemoryLedger.State
  var now: Date

  init(_ stage: Stage) {
    world = stage.world.look { $0 }
    ledger = stage.ledger.look { $0 }
    now = stage.clock.now()
    world.drop(lateAt: now, after: stage.runbook.timing.settle)
    // What lasts for one run only, and what no guard reads.
    world.portalFaults = []
    world.targetFaults = []
    world.portalDead = false
    world.maskinportenDead = false
    world.targetsDead = false
    world.beaconsDead = false
    world.readiness = .ready
    world.refusedSigners = []
    for name in world.places.keys { world.places[name]?.reloadFails = false }
    ledger.leaves = []
  }

  func put(on stage: Stage) {
    stage.clock.set(now)
    stage.world.change { $0 = world }
    stage.ledger.change { $0 = ledger }
    // A key that was made and never made durable is known to nobody, so its name is free again.
    stage.keys.count(ledger.history.keys.count { $0.rawValue.hasPrefix("tp-made") })
  }

  var rotations: [Rotation] { ledger.all }
  var newest: Rotation? { ledger.order.first.flatMap { ledger.rotations[$0] } }

}
