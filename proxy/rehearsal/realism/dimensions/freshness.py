"""How old what was known of the customer was; messages without context are of the dimension ``completeness``."""

from __future__ import annotations

from math import isinf

from proxy.rehearsal.realism.dimensions.dimension import Amounts


def _phrase(low: float, high: float) -> str:
    if isinf(high):
        return f"rest on context that is {low:,.0f} s old or older"
    return f"rest on context that is {low:,.0f} to {high:,.0f} s old"


FRESHNESS = Amounts(
    "freshness", "the age of the customer's context", lambda message: message.context_age_s, _phrase
)
