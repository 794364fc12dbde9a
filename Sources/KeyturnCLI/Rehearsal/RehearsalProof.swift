internal import Foundation
internal import RotationCore
internal import Simulator
internal import TransparencyLog

/// How a scenario has to end.
struct RehearsalEnding {
  /// Nil: no rotation may have been opened.
  var phase: Phase?
  /// The key that serves, in the target, in the app and in the portal.
  var live: KeyReference
  /// A key that must be gone from portal, token servers and store.
  var gone: KeyReference?
  /// Whole-set writes that the portal took; nil where it does not matter.
  var portalWrites: Int?
}

extension RehearsalStage {
  /// Every claim of `ending`, judged by the simulator's records, the ledger and the files; never by what was intended.
  func checks(_ ending: RehearsalEnding, rotation: Rotation?) async throws -> [RehearsalCheck] {
    let live = ending.live
    var checks = [phaseCheck(ending.phase, rotation), portalCheck(live), nodesCheck(live)]
    checks.append(try await targetCheck(live))
    checks.append(appCheck(live))
    checks.append(refusalCheck())
    checks.append(try storeCheck(ending))
    if ending.phase != nil { checks.append(try auditCheck()) }
    if let writes = ending.portalWrites { checks.append(writesCheck(writes)) }
    return checks
  }

  private func phaseCheck(_ phase: Phase?, _ rotation: Rotation?) -> RehearsalCheck {
    guard let phase else {
      return RehearsalCheck(
        claim: "no rotation was opened", holds: rotation == nil,
        evidence: rotation.map { "the ledger holds \($0.id)" } ?? "the ledger holds none")
    }
    return RehearsalCheck(
      claim: "the rotation ended in \(phase.rawValue)", holds: rotation?.phase == phase,
      evidence: rotation.map { "the ledger says \($0.phase.rawValue) since \($0.since.iso8601)" } ?? "none is stored")
  }

  /// The live key, and the other systems' keys as they were.
  private func portalCheck(_ live: KeyReference) -> RehearsalCheck {
    let listed = world.listedKeys(of: client)
    let ours = listed.filter { key in !foreign.contains { $0.kid == key.kid } }
    let others = listed.filter { key in foreign.contains { $0.kid == key.kid } }
    let untouched = others.map(\.withoutUse) == foreign.map(\.withoutUse)
    return RehearsalCheck(
      claim: "the portal lists \(live.kid), and the other systems' keys as they were",
      holds: ours.count == 1 && ours.allSatisfy { $0.isSame(as: live) } && untouched,
      evidence: "it lists \(listed.map(\.kid).joined)")
  }

  private func nodesCheck(_ live: KeyReference) -> RehearsalCheck {
    let expected = Set(foreign.map(\.kid) + [live.kid])
    let nodes = world.acceptedKids(of: client)
    return RehearsalCheck(
      claim: "every token server accepts it, and no key that left", holds: nodes.allSatisfy { Set($0) == expected },
      evidence: "\(nodes.count) nodes asked")
  }

  private func targetCheck(_ live: KeyReference) async throws -> RehearsalCheck {
    let (name, holding) = try await targetHolding()
    return RehearsalCheck(
      claim: "the target holds \(live.kid) with its private key", holds: holding.isPair(of: live),
      evidence: "\(name.split(separator: "/").last ?? "") holds \(holding.words)")
  }

  private func appCheck(_ live: KeyReference) -> RehearsalCheck {
    RehearsalCheck(
      claim: "the running app signs with \(live.kid)", holds: scenario.app.signingKid == live.kid,
      evidence: "it was started \(scenario.app.reloads) times")
  }

  private func refusalCheck() -> RehearsalCheck {
    let counts = world.appGrantCounts
    let granted = counts.values.reduce(0) { $0 + $1.granted }
    let refused = counts.values.reduce(0) { $0 + $1.refused }
    return RehearsalCheck(
      claim: "not one token request of the app was refused", holds: refused == 0 && granted > 0,
      evidence: counts.lines.joined(separator: "; "))
  }

  /// What the store still holds of private halves.
  private func storeCheck(_ ending: RehearsalEnding) throws -> RehearsalCheck {
    let sealed = try read { try $0.sealedKeys().map(\.kid) } ?? []
    guard ending.phase != nil else {
      return RehearsalCheck(
        claim: "the store holds no key", holds: sealed.isEmpty, evidence: "\(sealed.count) sealed private halves")
    }
    let claim = ending.gone.map { "of \($0.kid) no private half is left in the store" } ?? "the store holds one key"
    return RehearsalCheck(
      claim: claim, holds: sealed == [ending.live.kid], evidence: "it holds \(sealed.joined)")
  }

  private func auditCheck() throws -> RehearsalCheck {
    let (folder, key, ledger) = try session().audit()
    let report = try LogVerifier(folder: folder, key: key).verify(try LeafSource(ledger))
    return RehearsalCheck(
      claim: "the audit log is whole, and its checkpoint signs every entry",
      holds: report.isVerified && report.beyondCheckpoint == 0,
      evidence: "\(report.entries) entries, root \(report.root.base64)")
  }

  private func writesCheck(_ writes: Int) -> RehearsalCheck {
    let count = world.calls.count { $0.route == .keysWrite && $0.status / 100 == 2 }
    return RehearsalCheck(
      claim: "the portal was written \(writes == 0 ? "never" : "\(writes) times, nothing twice")",
      holds: count == writes, evidence: "\(count) writes of the whole set in its call log")
  }
}

extension PortalKey {
  /// For comparison over a write that adds the now required `use: sig`.
  fileprivate var withoutUse: PortalKey { PortalKey(members: members.filter { $0.key != "use" }) }
}
