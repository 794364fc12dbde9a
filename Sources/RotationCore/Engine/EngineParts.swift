package import Foundation

/// What the engine stands on besides the neighbours.
package struct EngineParts: Sendable {
  package let ledger: any RotationLedger
  package let keys: any KeyStore
  package let clock: any WallClock
  package let stop: StopSignal
  /// Who acts, for the record.
  package let operatorName: String
  /// The program's, for the record.
  package let version: String
  /// `sha256:` and the hex digest.
  package let digest: @Sendable (Data) -> String
  package let identifier: @Sendable () -> String
  package let table: TransitionTable
  package let rules: [SafetyRule]
  /// Progress, for people; never a secret.
  package let observe: @Sendable (EngineEvent) -> Void

  package init(
    ledger: any RotationLedger, keys: any KeyStore, clock: any WallClock, stop: StopSignal = StopSignal(),
    operatorName: String, version: String = "", digest: @escaping @Sendable (Data) -> String,
    identifier: @escaping @Sendable () -> String = { UUID().uuidString.lowercased() },
    table: TransitionTable = .standard, rules: [SafetyRule] = SafetyRule.allCases,
    observe: @escaping @Sendable (EngineEvent) -> Void = { _ in }
  ) {
    self.ledger = ledger
    self.keys = keys
    self.clock = clock
    self.stop = stop
    self.operatorName = operatorName
    self.version = version
    self.digest = digest
    self.identifier = identifier
    self.table = table
    self.rules = rules
    self.observe = observe
  }
}

/// What an operator may watch while the engine works.
package enum EngineEvent: Sendable, Hashable {
  case opened(RotationID, outgoing: KeyID)
  case stepBegan(Step, Phase)
  case attempt(KeyID, TokenAttempt, inARow: Int, needed: Int)
  case phase(Phase, kid: KeyID?)
  /// The manual portal: what the operator has to do there now.
  case handover(AttestedFact, KeyReference)
  case waiting(Waiting)
  case note(String)
}
