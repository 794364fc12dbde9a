internal import KeyMaterial
internal import Primitives
internal import RotationCore
internal import Simulator

/// Plays scenarios, each in a world of its own that is gone afterwards. Needs no environment and no passphrase.
struct Rehearsal: Sendable {
  /// The argv that posts to a URL: how the app is told to read its file again.
  let reload: @Sendable (String) -> [String]
  /// Ends the scenario that is played; nothing is left behind then either.
  let stop: StopSignal
  let sealing: SealingScheme

  func play(_ scenario: RehearsalScenario) async throws -> RehearsalResult {
    let folder = try TemporaryFolder.forRehearsal()
    defer { folder.remove() }
    var directions = scenario.directions
    directions.sealing = sealing
    let stage = try await RehearsalStage(in: folder.path, directions, reload: reload, stop: stop)
    do {
      let result = try await scenario.script(stage)
      await stage.close()
      guard !stop.isRequested else {
        throw Failure(.stopped, "stopped as asked; the rehearsal left nothing behind", remedy: ["run it again"])
      }
      return result
    } catch {
      await stage.close()
      throw error
    }
  }
}

extension RehearsalScenario {
  var directions: StageDirections {
    switch self {
    case .happy:
      // One key stored before May 2025, without the now required `use`.
      StageDirections(setup: { $0.foreignKeysHaveUse = false })
    case .slowPropagation:
      StageDirections(setup: { setup in
        setup.settings.publicationDelay = .seconds(60) ... .seconds(240)
        setup.settings.removalDelay = .seconds(60) ... .seconds(240)
      })
    case .failedCutover: StageDirections(runbook: { $0 + "on_failure: rollback\n" })
    case .crash: StageDirections()
    case .fullPortal: StageDirections(setup: { $0.foreignKeys = PortalKeySet.capacity - 1 })
    case .manualPortal: StageDirections(runbook: Self.withManualPortal)
    case .emergency: StageDirections(runbook: Self.withTaintedKey)
    }
  }

  /// Without the self-service API and its admin client.
  private static func withManualPortal(_ runbook: String) -> String {
    runbook.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("  admin_") && !$0.hasPrefix("  self_service_api") }
      .joined(separator: "\n").replacing("kind: self-service", with: "kind: manual")
  }

  /// Without an overlap or a quarantine of its own, so that an emergency's hold.
  private static func withTaintedKey(_ runbook: String) -> String {
    runbook.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("  overlap: ") && !$0.hasPrefix("  quarantine: ") }
      .joined(separator: "\n") + "emergency: true\n"
  }

  func script(_ stage: RehearsalStage) async throws -> RehearsalResult {
    switch self {
    case .happy: try await stage.playWhole(self, portalWrites: 2)
    case .slowPropagation: try await stage.playSlowPropagation()
    case .failedCutover: try await stage.playFailedCutover()
    case .crash: try await stage.playCrash()
    case .fullPortal: try await stage.playFullPortal()
    case .manualPortal: try await stage.playManualPortal()
    case .emergency: try await stage.playEmergency()
    }
  }
}
