"""A rehearsal as a job: conversation by conversation over a pool, gone on with from wherever it was left.

for progress in run(suite, chosen(suite, limit, seed), results, pool): ...
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from proxy.jobs.forecast import Forecast, forecast
from proxy.jobs.pools import Pool
from proxy.rehearsal.replay.outcome import Outcome
from proxy.rehearsal.replay.results import Results
from proxy.rehearsal.suite.reading import Suite

_PARTS_SEEN = 200  # of the last ones the forecast is made


@dataclass(frozen=True, slots=True)
class Progress:
    """Turns that are done, of how many. ``forecast`` is None where nothing can be foretold yet."""

    done: int
    total: int
    forecast: Forecast | None = None


def chosen(suite: Suite, limit: int | None, seed: int) -> list[int]:
    """The numbers of the conversations to play: all, or so many of them, drawn by the seed."""
    every = range(len(suite.offsets))
    return list(every) if limit is None or limit >= len(every) else sorted(Random(seed).sample(every, limit))


def run(
    suite: Suite, conversations: Sequence[int], results: Results, pool: Pool[int, list[Outcome]]
) -> Iterator[Progress]:
    """Play what is not in the results yet, telling after each conversation how far it is."""
    turns = [suite.turns[number] for number in conversations]
    done, total = sum(turns[: results.done]), sum(turns)
    spent: deque[tuple[int, float]] = deque(maxlen=_PARTS_SEEN)
    for _, (outcomes, seconds) in pool.results(conversations[results.done :]):
        results.add(outcomes)
        done += len(outcomes)
        spent.append((len(outcomes), seconds))
        # Where customers come when they come, nothing is foretold.
        foretold = forecast(spent, total - done, pool.at_once) if pool.at_once else None
        yield Progress(done, total, foretold)
