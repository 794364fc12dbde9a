// KeyturnCLI
