"""What the measures need and other rooms know: recovery imports none of them, so the command brings it along."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.intervals import Rate
from proxy.recovery.measures.detected import Estimated


@dataclass(frozen=True, slots=True)
class Given:
    """``approved``: reviews that passed every claim, of all. ``audited``: corrections found right, of those reviewed.

    Each is None where nobody reviewed any. ``simulated``: some of it is not the work of people.
    """

    estimated: Estimated | None = None
    approved: Rate | None = None
    audited: Rate | None = None
    simulated: bool = False
