"""What the ledger knows of customers over all channels, and how one is erased."""
