"""How conversations arrive: evenly, or many at once. Compared is the shape, not how many there are.

The time from one conversation's beginning to the next is divided by its mean, so that a suite of a hundred and a
year's traffic can be compared. Bursts make neighbours alike; what is dealt out anew are stretches of the stream.
"""

from __future__ import annotations

from math import isinf

import numpy as np

from proxy.rehearsal.realism.dimensions.dimension import Placed, place_amounts
from proxy.rehearsal.realism.traffic import Floats, Ints, Traffic

_LEAST = 20  # conversations below which a stream has no shape to tell
_STRETCH = 10  # conversations that follow one another


class _Arrivals:
    name = "arrivals"
    words = "how conversations arrive"

    def place(self, suite: Traffic, live: Traffic) -> Placed | None:
        ours, theirs = _gaps(suite), _gaps(live)
        if min(np.sum(~np.isnan(ours)), np.sum(~np.isnan(theirs))) < _LEAST:
            return None
        placed = place_amounts(ours, theirs, _phrase)
        if placed is None:
            return None
        return Placed(placed.suite, placed.live, placed.kinds, (_stretches(suite), _stretches(live)))


def _firsts(traffic: Traffic) -> Ints:
    """The first message of each conversation whose time is known, in the order of time."""
    first: dict[str, int] = {}
    for row in np.argsort(
        [np.inf if each.at is None else each.at for each in traffic.messages], kind="stable"
    ):
        message = traffic.messages[int(row)]
        if message.at is not None:
            first.setdefault(message.conversation, int(row))
    return np.array(list(first.values()), dtype=np.int64)


def _gaps(traffic: Traffic) -> Floats:
    """The time since the conversation before, in mean gaps; NaN for all but the first message of a conversation."""
    gaps = np.full(len(traffic), np.nan)
    firsts = _firsts(traffic)
    if len(firsts) < _LEAST:
        return gaps
    between = np.diff([traffic.messages[row].at or 0.0 for row in firsts])
    if between.sum() > 0:
        gaps[firsts[1:]] = between / between.mean()
    return gaps


def _stretches(traffic: Traffic) -> Ints:
    """Which stretch of the stream each message is of; those without a gap count in none."""
    groups = np.zeros(len(traffic), dtype=np.int64)
    firsts = _firsts(traffic)
    groups[firsts] = np.arange(len(firsts)) // _STRETCH
    return groups


def _phrase(low: float, high: float) -> str:
    if isinf(high):
        return f"begin a conversation after a pause of {low:.2g} times the mean or more"
    return f"begin a conversation {low:.2g} to {high:.2g} mean pauses after the one before"


ARRIVALS = _Arrivals()
