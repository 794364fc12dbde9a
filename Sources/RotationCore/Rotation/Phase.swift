/// The last fact made true. Raw values are stored and printed; they never change.
package enum Phase: String, Sendable, Hashable, Codable, CaseIterable {
  case planned, generated, published, proven, swapped, deployed, verified, retired, completed
  case republishing, restoring, restored, rolledBack, abandoned

  /// Still moving: every phase but `retired`, `completed`, `rolledBack` and `abandoned`.
  package var isOpen: Bool {
    switch self {
    case .planned, .generated, .published, .proven, .swapped, .deployed, .verified, .republishing, .restoring,
      .restored:
      true
    case .retired, .completed, .rolledBack, .abandoned: false
    }
  }

  /// Nothing can follow but a new rotation.
  package var isFinal: Bool {
    switch self {
    case .completed, .rolledBack, .abandoned: true
    default: false
    }
  }

  package var isBackward: Bool {
    switch self {
    case .republishing, .restoring, .restored, .rolledBack: true
    default: false
    }
  }
}

/// The verb that makes the next fact true.
package enum Step: String, Sendable, Hashable, Codable, CaseIterable {
  case openRotation, generateKey, publishKey, proveKey, swapEnvironment, deployIncoming, verifyDeployment, retireKey
  case destroyKey
  case openRollback, republishKey, restoreEnvironment, proveRestored, withdrawKey, abandon
  /// `rotate --forward`: leaves a rollback whose outgoing key is dead.
  case resumeForward
}
