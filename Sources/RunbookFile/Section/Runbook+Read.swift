internal import RotationCore

enum RunbookMember: String, Member {
  case name, maskinporten, key, portal, targets, verification, timing, window, approvals
  case onFailure = "on_failure"
  case emergency, notify
  static let section = ""
}

extension Runbook {
  /// Reads every section, so that each can complain; nil when a required one is missing or wrong.
  static func read(_ top: MappingReader<RunbookMember>) -> Runbook? {
    let name = top.required(.name, .line.that("must have at most 100 characters") { $0.count <= 100 })
    let maskinporten = top.required(.maskinporten, .members(MaskinportenMember.self) { $0 })
    let portal = top.required(.portal, .members(PortalMember.self) { $0 })
    let environment = maskinporten?.required(.environment, .choice(Environment.self))
    let portalKind = portal?.required(.kind, .choice(PortalKind.self))
    let emergency = top.optional(.emergency, .flag) ?? false

    let service = maskinporten.flatMap {
      Maskinporten.read($0, in: environment, callsPortal: portalKind == .selfService)
    }
    let key = top.optional(.key, .members(KeyMember.self, Key.read)) ?? Key()
    let door = portal.flatMap { Portal.read($0, kind: portalKind) }
    let targets = top.required(.targets, .targets(in: environment))
    let verification = top.optional(
      .verification, .members(VerificationMember.self) { Verification.read($0, in: environment) })
    let timing = top.optional(
      .timing, .members(TimingMember.self) { Timing.read($0, in: environment, emergency: emergency) })
    let window = top.optional(.window, .members(WindowMember.self, MaintenanceWindow.read))
    let approvals = top.optional(.approvals, .members(ApprovalsMember.self, Approvals.read))
    let onFailure = top.optional(.onFailure, .choice(OnFailure.self)) ?? .hold
    let notify = top.optional(
      .notify, .list(of: .members(WebhookMember.self) { Webhook.read($0, in: environment) }, atLeast: 0))

    if emergency { checkEmergency(top, onFailure: onFailure) }
    guard let name, let service, let door, let targets else { return nil }
    return Runbook(
      name: name, maskinporten: service, key: key, portal: door, targets: targets,
      verification: verification ?? Verification(), timing: timing ?? Timing.standard(emergency: emergency),
      window: emergency ? nil : window, approvals: approvals ?? Approvals(), onFailure: onFailure,
      emergency: emergency, notify: notify ?? [], folder: top.reading.folder, variablesNamed: top.reading.named)
  }

  /// Contract, section 2, Emergency: the outgoing key is tainted, so nothing goes back to it by itself, and no window
  /// holds it back.
  private static func checkEmergency(_ top: MappingReader<RunbookMember>, onFailure: OnFailure) {
    if onFailure == .rollback {
      top.reading.fault(
        "`on_failure` must be hold when `emergency` is true: a rollback would bring the tainted key back",
        at: top.place(of: .onFailure))
    }
    if top.gives(.window) {
      top.reading.warn("`window` is not used when `emergency` is true", at: top.place(of: .window))
    }
  }
}
