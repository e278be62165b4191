"""What copies of live traffic say of a candidate: the same requests, answered by what runs and by the candidate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proxy.ledger.rehearsal.shadows import ShadowAnswer, Side
from proxy.rehearsal.launch.comparison import Comparison, compare

# What is good of an answer, and what is asked about it.
GOOD: dict[str, Callable[[Side], bool]] = {
    "all supported": lambda side: side.decision != "error" and not side.unsupported,
    "delivered as it was": lambda side: side.decision == "deliver",
    "not escalated": lambda side: side.decision not in ("escalate", "error"),
    "verified": lambda side: side.verified,
}


@dataclass(frozen=True, slots=True)
class Paired:
    """``good`` counts, by what is asked, how many answers were good on both sides, live first."""

    n: int
    good: dict[str, tuple[int, int]]
    compared: dict[str, Comparison]
    p50_ms: tuple[float, float]
    p99_ms: tuple[float, float]
    differ: tuple[ShadowAnswer, ...]


def paired(answers: Sequence[ShadowAnswer], seed: int = 0) -> Paired:
    """Compare the two sides of each copy. Raises ValueError where there is none."""
    if not answers:
        raise ValueError("there is nothing to compare: no copy has been answered yet")
    numbers: dict[str, int] = {}
    own = np.array([numbers.setdefault(one.conversation, len(numbers)) for one in answers], np.int64)
    good = {
        what: (_are(is_good, answers, live=True), _are(is_good, answers, live=False))
        for what, is_good in GOOD.items()
    }
    times = [[one.live.ms for one in answers], [one.candidate.ms for one in answers]]
    p50, p99 = (tuple(float(np.quantile(one, share)) for one in times) for share in (0.5, 0.99))
    return Paired(
        n=len(answers),
        good={what: (int(live.sum()), int(ours.sum())) for what, (live, ours) in good.items()},
        compared={what: compare(live, ours, own, seed) for what, (live, ours) in good.items()},
        p50_ms=(p50[0], p50[1]),
        p99_ms=(p99[0], p99[1]),
        differ=tuple(one for one in answers if one.live.decision != one.candidate.decision),
    )


def _are(good: Callable[[Side], bool], answers: Sequence[ShadowAnswer], *, live: bool) -> NDArray[np.bool_]:
    return np.array([good(one.live if live else one.candidate) for one in answers], np.bool_)
