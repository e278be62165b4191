"""What rehearsals, candidates on live traffic and watches over drift leave in the ledger."""
