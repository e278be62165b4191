"""Where parts of a recall are judged: in this process, over a process pool, or over Ray's machines. Same results.

A pool takes parts and gives, in their order, what each came to, while at most a few wait.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import cycle
from typing import Any, Protocol, TypeVar

from proxy.recovery.recall.bench import Bench, Plan, open_bench, recheck_part
from proxy.recovery.recall.rechecking import Rechecked

Part = Sequence[str]  # ids of answers
T = TypeVar("T")
Result = tuple[list[Rechecked], float]
_AHEAD = 2  # parts that wait for each worker
ANSWERS_WITHIN_S = 5.0


class RayMissing(Exception):
    """Ray is not installed, or there is none at the address; the text says what to do."""


class Pool(Protocol):
    """``at_once`` parts are judged at a time."""

    at_once: int

    def results(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Result]]: ...


class OneProcess:
    """All in this process, for a few answers: nothing has to be started."""

    at_once = 1

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def results(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Result]]:
        bench = Bench(self._plan)
        try:
            for part in parts:
                yield part, bench.timed(part)
        finally:
            bench.close()


class Processes:
    """A process for each worker, each with models of its own."""

    def __init__(self, plan: Plan, workers: int | None = None) -> None:
        self._plan = plan
        self.at_once = workers or max(1, len(os.sched_getaffinity(0)))

    def results(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Result]]:
        context = multiprocessing.get_context(
            "spawn"
        )  # models and the ledger have threads, which no fork takes along
        with ProcessPoolExecutor(self.at_once, context, open_bench, (self._plan,)) as pool:
            given = ((part, pool.submit(recheck_part, tuple(part))) for part in parts)
            try:
                yield from _in_order(given, self.at_once, Future.result)
            finally:
                pool.shutdown(cancel_futures=True)


class OnRay:
    """Over the machines of a Ray cluster. Each needs this package, and the ledger has to be one that all reach."""

    def __init__(self, plan: Plan, address: str, workers: int | None = None) -> None:
        """Raises RayMissing."""
        self._ray = _connected(address)
        self.at_once = workers or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        actor = self._ray.remote(num_cpus=1)(Bench)
        sent = self._ray.put(plan)
        self._benches = [actor.remote(sent) for _ in range(self.at_once)]

    def results(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Result]]:
        benches = zip(parts, cycle(self._benches), strict=False)
        given = ((part, bench.timed.remote(tuple(part))) for part, bench in benches)
        try:
            yield from _in_order(given, self.at_once, self._ray.get)
        finally:
            for bench in self._benches:
                self._ray.kill(bench)


def _in_order(
    given: Iterable[tuple[Part, T]], at_once: int, result: Callable[[T], Result]
) -> Iterator[tuple[Part, Result]]:
    """What parts come to, in their order; ``given`` hands one to a worker, and at most a few wait for each worker."""
    waiting: deque[tuple[Part, T]] = deque()
    for one in given:
        waiting.append(one)
        if len(waiting) >= _AHEAD * at_once:
            first, work = waiting.popleft()
            yield first, result(work)
    for first, work in waiting:
        yield first, result(work)


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError:
        raise RayMissing('Ray is not installed; pip install "cxai-proxy[ray]"') from None
    _check_answers(address)
    try:
        ray.init(address=address, ignore_reinit_error=True, log_to_driver=False, logging_level="error")
    except Exception as error:
        raise RayMissing(f"there is no Ray cluster at {address}: {error}") from None
    return ray


def _check_answers(address: str) -> None:
    """Ray itself waits for minutes for a cluster that is not there. ``auto`` and the like name no place to ask at."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWERS_WITHIN_S).close()
    except (OSError, OverflowError) as error:
        raise RayMissing(f"there is no Ray cluster at {address}: {error}") from None
