"""How failures get into the ledger: one source a file, each turning what the ledger knows into failures and steps."""
