import Foundation
import RotationCore
import RotationTestSupport
import Testing

/// Four eyes on the swap and the retirement, and what makes an approval worthless.
@Suite struct ApprovalTests {
  /// A rotation by kari that waits for `needed` approvals of its swap.
  private func waiting(for needed: Int = 1) async throws -> Stage {
    let stage = Stage { $0.approvals = .init(swap: needed, retire: 0) }
    let report = try await stage.rotate()
    #expect(report.exitCode == 5 && report.waiting.on == .person && report.waiting.guardName == "approved(swap)")
    return stage
  }

  @discardableResult
  private func approve(_ stage: Stage, by name: String, solo: Bool = false) throws -> RunReport {
    try Desk(parts: stage.parts(name)).approve(.swap, stage.rotation, reason: "read the plan", solo: solo)
  }

  private func verdict(_ stage: Stage) throws -> RecordedVerdict {
    try #require(try stage.rotation.verdicts.first { $0.guardName == "approved(swap)" })
  }

  private func addForeignKey(_ stage: Stage, _ name: String) {
    stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(PaperKeys.reference(name))])
  }

  @Test func `the waiting guard says who must approve, and how`() async throws {
    let stage = try await waiting(for: 2)
    let id = try stage.rotation.id
    #expect(
      try verdict(stage).reason
        == "0 of 2 approvals: somebody other than kari runs keyturn approve swap \(id) --reason TEXT")
    try approve(stage, by: "ola")
    try approve(stage, by: "ola")
    #expect(try await stage.rotate().exitCode == 5)
    #expect(try verdict(stage).reason.hasPrefix("1 of 2 approvals: somebody other than kari and ola runs "))
    try approve(stage, by: "per")
    #expect(try await stage.rotate().rotation?.phase == .retired)
  }

  @Test func `the opener cannot approve, and the attempt is on record`() async throws {
    let stage = try await waiting()
    let before = try stage.rotation
    let report = try approve(stage, by: "kari")
    #expect(report.exitCode == 3 && report.failure?.remedy.isEmpty == false)
    #expect(stage.ledger.events().last == "refused")
    #expect(try stage.rotation == before)
    #expect(try await stage.rotate().exitCode == 5)
  }

  @Test func `alone, the opener gives a reason that stays on record`() async throws {
    let stage = try await waiting(for: 2)
    #expect(try approve(stage, by: "ola", solo: true).exitCode == 3)
    #expect(try approve(stage, by: "kari", solo: true).exitCode == 0)
    #expect(try await stage.rotate().rotation?.phase == .retired)
    let leaf = try #require(
      try stage.ledger.entries(of: stage.rotation.id).map { try JSONValue(parsing: $0.bytes) }
        .first { $0["event"] == "approved" })
    #expect(leaf["solo"] == true && leaf["reason"] == "read the plan" && leaf["operator"] == "kari")
    #expect(leaf["plan_digest"] == .string(try stage.rotation.planDigest))
  }

  @Test func `an approval goes stale when another system changes the portal's keys`() async throws {
    let stage = try await waiting()
    try approve(stage, by: "ola")
    addForeignKey(stage, "theirs")
    #expect(try await stage.rotate().exitCode == 5)
    #expect(stage.ledger.events().contains("plan_moved"))
    #expect(try verdict(stage).reason.hasPrefix("0 of 1 approvals (1 given before the plan changed: stale): somebody"))
    try approve(stage, by: "ola")
    #expect(try await stage.rotate().rotation?.phase == .retired)
  }

  @Test(arguments: [true, false])
  func `it goes stale too by a change between the guards and the write`(isApprovalAsked: Bool) async throws {
    let stage = Stage { $0.approvals = .init(swap: 0, retire: isApprovalAsked ? 1 : 0) }
    _ = try await stage.rotate(.phase(.verified))
    stage.clock.advance(by: .seconds(3_600))
    let approved = try Desk(parts: stage.parts("ola")).approve(.retire, stage.rotation, reason: "read the plan")
    #expect(approved.exitCode == (isApprovalAsked ? 0 : 3))
    let crash = CrashPlan(watch: { [stage] in
      guard $0 == "after commit intent" else { return }
      stage.world.replaceKeys(stage.world.look(\.keys) + [PortalKey(PaperKeys.reference("theirs"))])
    })
    let report = try await stage.rotate(crash: crash)
    let listed = stage.world.kids
    #expect(listed.contains(KeyID("kid-theirs")))
    if isApprovalAsked {
      #expect(report.exitCode == 5 && report.waiting.guardName == "approved(retire)", "\(brief(report))")
      #expect(listed.contains(stage.live.kid))
      #expect(try stage.ledger.openIntent(of: stage.rotation.id) == nil)
      _ = try Desk(parts: stage.parts("ola")).approve(.retire, stage.rotation, reason: "read it again")
      #expect(try await stage.rotate().rotation?.phase == .retired)
    } else {
      #expect(report.rotation?.phase == .retired && !listed.contains(stage.live.kid), "\(brief(report))")
    }
  }

  @Test func `a changed member of another system's key makes it stale, a world set back does not mend it`() async throws
  {
    let stage = try await waiting()
    try approve(stage, by: "ola")
    let keys = stage.world.look(\.keys)
    let changed = keys.map { key in
      PortalKey(
        members: key.kid == KeyID("kid-other0") ? key.members.merging(["exp": 1_900_000_000]) { $1 } : key.members)
    }
    stage.world.replaceKeys(changed)
    #expect(try await stage.rotate().exitCode == 5)
    stage.world.replaceKeys(keys)
    #expect(try await stage.rotate().exitCode == 5)
  }

  @Test func `an approval goes stale when a foreign pair is taken as the truth`() async throws {
    let stage = try await waiting()
    try approve(stage, by: "ola")
    #expect(try await stage.rotate(.phase(.swapped)).rotation?.phase == .swapped)
    let plan = try stage.rotation.planDigest
    stage.world.change {
      $0.places["dotenv:/app/.env"]?.kid = KeyID("kid-other0")
      $0.places["dotenv:/app/.env"]?.name = "other0"
    }
    var options = Engine.RotateOptions()
    (options.acceptForeign, options.reason) = (true, "it is the right one")
    #expect(try await stage.engine().rotate(options).rotation?.phase == .proven)
    #expect(try stage.rotation.planDigest != plan)
    #expect(stage.ledger.events().suffix(3) == ["plan_moved", "foreign_accepted", "waiting"])
    #expect(try await stage.rotate().exitCode == 5)
    #expect(try verdict(stage).reason.hasPrefix("0 of 1 approvals (1 given before the plan changed: stale): somebody"))
    try approve(stage, by: "ola")
    #expect(try await stage.rotate().rotation?.phase == .retired)
  }

  @Test func `no act of the rotation itself makes an approval stale`() async throws {
    let stage = Stage { $0.approvals = .init(swap: 1, retire: 1) }
    stage.world.change { state in
      state.keys[0] = PortalKey(members: state.keys[0].members.filter { $0.key != "use" })
    }
    #expect(try await stage.rotate(.phase(.planned)).exitCode == 0)
    let plan = try stage.rotation.planDigest
    for step in ApprovedStep.allCases {
      _ = try Desk(parts: stage.parts("ola")).approve(step, stage.rotation, reason: "read the plan")
    }
    #expect(try await stage.rotate().rotation?.phase == .retired)
    #expect(stage.world.look { $0.keys[0].members["use"] } == "sig")
    #expect(try stage.rotation.planDigest == plan)
    #expect(!stage.ledger.events().contains("plan_moved"))
  }

  @Test func `an emergency waits for the overlap that it was given and the approval that it asks for`() async throws {
    let stage = Stage {
      $0.emergency = true
      $0.approvals = .init(swap: 0, retire: 1)
    }
    _ = try await stage.rotate(.phase(.verified))
    let early = try await stage.rotate(wait: false)
    #expect(early.exitCode == 5 && early.waiting.guardName == "approved(retire)")
    _ = try Desk(parts: stage.parts("ola")).approve(.retire, stage.rotation, reason: "read the plan")
    let verified = try #require(try stage.rotation.verifiedAt)
    let waits = try await stage.rotate(wait: false)
    #expect(waits.waiting.guardName == "overlapElapsed", "\(brief(waits))")
    #expect(waits.waiting.until == verified + stage.runbook.timing.overlap)
    #expect(try await stage.rotate().rotation?.phase == .completed)
    #expect(stage.clock.now() >= verified + stage.runbook.timing.overlap)
  }

  @Test func `every step has its verdicts on record before or with its outcome`() async throws {
    let stage = Stage()
    #expect(try await stage.rotate().rotation?.phase == .retired)
    let leaves = try stage.ledger.entries(of: stage.rotation.id).map { try JSONValue(parsing: $0.bytes) }
    var judged: Set<String> = []
    for leaf in leaves {
      guard let step = leaf["step"]?.string else { continue }
      if leaf["verdicts"]?.array?.isEmpty == false { judged.insert(step) }
      if leaf["event"] == "outcome" { #expect(judged.contains(step), "\(step)") }
    }
    #expect(judged.count == 7)
  }
}
