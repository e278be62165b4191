"""Where conversations of a rehearsal go on side by side, as those of customers do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proxy.commands.rehearsal_worker import RehearsalWorker
    from proxy.rehearsal.replay.outcome import Outcome

Came = tuple["list[Outcome]", float]


class SideBySide:
    """One proxy, as a pool (proxy/jobs/pools.py). ``at_once`` conversations go on at a time.

    With ``starts`` (seconds of the suite's time, ``speed`` of which go by in one) there are as many as come, and
    ``at_once`` is 0.
    """

    def __init__(
        self,
        opening: Callable[[], RehearsalWorker],
        at_once: int,
        starts: Mapping[int, float] | None = None,
        speed: float = 1.0,
    ) -> None:
        self._opening, self._starts, self._speed = opening, starts, speed
        self.at_once = at_once if starts is None else 0

    def results(self, parts: Iterable[int]) -> Iterator[tuple[int, Came]]:
        worker = self._opening()
        try:
            for number, begun in list(self._begun(worker, list(parts))):
                yield number, begun.result()
        finally:
            worker.close()

    def _begun(self, worker: RehearsalWorker, numbers: list[int]) -> Iterator[tuple[int, Future[Came]]]:
        starts = self._starts
        if starts is None:
            yield from ((number, worker.begin(number)) for number in numbers)
            return
        comes = {number: worker.comes_s(number, starts[number]) / self._speed for number in numbers}
        zero = time.monotonic() - min(comes.values())
        for number in numbers:
            yield number, worker.begin(number, starts[number], zero + comes[number])
