"""Who is served by a candidate: the same customers each time, at every replica, and whoever was in stays in.

The share is decided by a hash of the canary's name and the customer. So no list is kept, another canary takes other
customers, and a larger share takes in more of them without sending anybody back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

_WHOLE = 1 << 64


@dataclass(frozen=True, slots=True)
class CanaryShares:
    """The share (0 to 1) of customers that the canary ``name`` serves; ``by_segment`` goes before ``share``."""

    name: str
    share: float
    by_segment: Mapping[str, float] = field(default_factory=dict)

    def of(self, segment: str) -> float:
        return self.by_segment.get(segment, self.share)


def serves(canary: CanaryShares, customer: str | None, segment: str = "") -> bool:
    """Whether the candidate serves this customer. Who is not known would be tossed to and fro, and is not served."""
    return customer is not None and place_of(canary.name, customer) < canary.of(segment)


def place_of(canary: str, customer: str) -> float:
    """The customer's place between 0 and 1, even over customers and independent from canary to canary."""
    digest = hashlib.sha256(f"{len(canary)}:{canary}{customer}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / _WHOLE
