"""How complete the customer's context was when the message came."""

from __future__ import annotations

from proxy.rehearsal.realism.dimensions.dimension import Categories

COMPLETENESS = Categories(
    "completeness",
    "how complete the customer's context is",
    lambda message: message.context,
    lambda state: f"come while the customer's context is {state}",
)
