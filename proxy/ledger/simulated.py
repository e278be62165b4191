"""How what a simulation writes into a ledger is told from what happened: by the customer's id, on every row of it."""

from __future__ import annotations

PREFIX = "simulated-"


def is_simulated(customer_id: str | None) -> bool:
    """Whether this customer was made up by a simulation. A company must not call customers of its own so."""
    return customer_id is not None and customer_id.startswith(PREFIX)
