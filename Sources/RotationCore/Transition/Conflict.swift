/// What somebody else changed, so that nothing goes on before somebody decides.
package enum Conflict: Sendable, Hashable {
  case target
  /// The portal's entry under the kid of one of our keys.
  case portal(KeyReference)
}

extension Failure {
  /// The way on from every conflict that `rotate --reassert` ends.
  package static let reassert = "keyturn rotate --reassert --reason TEXT sets ours again"
}

extension Rotation {
  /// What the portal should list of ours, each key with the step that puts it back.
  var keysToList: [(step: Step, key: KeyReference)] {
    var keys: [(step: Step, key: KeyReference)] = []
    switch phase {
    case .published, .proven, .swapped, .deployed, .verified:
      if rollback == nil, let incoming { keys.append((.publishKey, incoming)) }
      if !emergency, retireActed == nil { keys.append((.republishKey, outgoing)) }
    case .republishing: if !emergency { keys.append((.republishKey, outgoing)) }
    case .planned, .generated, .retired, .completed, .restoring, .restored, .rolledBack, .abandoned: break
    }
    return keys
  }

  /// What leads on from `conflicts`, each way by itself. Nobody else's key is ever taken as the truth under a kid of ours.
  func waysOn(from conflicts: [Conflict]) -> [String] {
    let keys = [outgoing, incoming].compactMap { $0 }.filter { conflicts.contains(.portal($0)) }
    var ways: [String] = []
    if keys.isEmpty { ways.append("keyturn rotate --accept-foreign --reason TEXT takes it as the new truth") }
    if keys.allSatisfy({ key in keysToList.contains { $0.key == key } }) { ways.append(Failure.reassert) }
    return ways + keys.flatMap(waysByHand)
  }

  private func waysByHand(with key: KeyReference) -> [String] {
    if key == outgoing, rollback != nil, !emergency {
      return ["put what keyturn keys emit \(key.kid) prints in its place by hand, then run keyturn rotate"]
    }
    let removal = "remove what the portal lists under kid \(key.kid) by hand, then run keyturn rotate"
    guard key == incoming, phase == .generated else { return [removal] }
    return [removal, "keyturn abandon \(id) --reason TEXT drops the rotation; keyturn rotate --new makes another kid"]
  }
}

extension Facts {
  /// Nothing of somebody else's stands under `key`'s kid in `set`, but what the operator asked to have replaced.
  func verdict(that key: KeyReference, isOursIn set: PortalKeySet) -> Verdict {
    guard let listed = set[key.kid], !listed.isSame(as: key), !reasserted.contains(key.kid) else {
      return .yes("nothing else stands under kid \(key.kid)")
    }
    return .no(
      "the portal lists another public key under kid \(key.kid): remove it there (changed by someone else; a kid stands for"
        + " one key, so that --accept-foreign cannot take it)", .conflict(.portal(key)))
  }
}
