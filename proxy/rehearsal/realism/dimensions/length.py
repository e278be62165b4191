"""How long messages are, in words."""

from __future__ import annotations

from math import ceil, isinf

from proxy.rehearsal.realism.dimensions.dimension import Amounts


def _phrase(low: float, high: float) -> str:
    least, most = ceil(low), ceil(high) - 1 if not isinf(high) else None
    return f"have {least} words or more" if most is None else f"have {least} to {most} words"


LENGTH = Amounts(
    "length", "the length of messages", lambda message: float(len(message.text.split())), _phrase
)
