internal import ArgumentParser

/// `keyturn`: the root of all commands.
struct Keyturn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keyturn",
    abstract: "Turn a Maskinporten client's signing key without a failed token request, and back.",
    discussion: """
      Begin with `keyturn rehearse`, which needs nothing. Then:
        keyturn plan RUNBOOK     what would happen, and whether it may begin
        keyturn rotate RUNBOOK   do it; run it again to go on
        keyturn status           where it stands, and whether it is safe to walk away
        keyturn rollback         back to the outgoing key

      Exit codes: 0 reached or answered, 1 failed, 3 refused, 4 stopped midway, 5 waiting, 6 ended in rolledBack or \
      abandoned, 64 usage, 65 bad runbook or input, 69 a neighbour cannot be reached, 75 another process holds the \
      state.
      """,
    version: Program.version,
    subcommands: [
      RehearseCommand.self, PlanCommand.self, RotateCommand.self, AdvanceCommand.self, StatusCommand.self,
      AttestCommand.self, ApproveCommand.self, RollbackCommand.self, AbandonCommand.self, HistoryCommand.self,
      ShowCommand.self, AuditCommand.self, KeysCommand.self, StateCommand.self, RunbookCommand.self,
      TargetCommand.self, ReadinessCommand.self, TokenCommand.self, ExpiryCommand.self, DiagnoseCommand.self,
      ServeCommand.self, SimulateCommand.self,
    ])
}
