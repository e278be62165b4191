"""Where the parts of a job are done: in this process, over a process pool, or over Ray's machines. Same results.

A pool takes parts and gives, in their order, what each came to and the seconds it took, while at most a few wait. What
they are done with is opened once in each process, by an ``Opening`` that can be sent there.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from itertools import cycle
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import Any, Generic, Protocol, TypeVar

_AHEAD = 2  # parts that wait for each worker
ANSWERS_WITHIN_S = 5.0
_CLOSED_BEFORE = 10  # what the interpreter itself finalises

Part = TypeVar("Part")
Came = TypeVar("Came")
Work = TypeVar("Work")  # a part that is being done
PartIn = TypeVar("PartIn", contravariant=True)
CameOut = TypeVar("CameOut", covariant=True)


class RayMissing(Exception):
    """Ray is not installed, or there is none at the address; the text says what to do."""


class Worker(Protocol[PartIn, CameOut]):
    """What parts are done with."""

    def work(self, part: PartIn, /) -> CameOut: ...

    def close(self) -> None: ...


Opening = Callable[[], Worker[Part, Came]]


class Pool(Protocol[Part, CameOut]):
    """``at_once`` parts are done at a time."""

    at_once: int

    def results(self, parts: Iterable[Part]) -> Iterator[tuple[Part, tuple[CameOut, float]]]: ...


class OneProcess(Generic[Part, Came]):
    """All in this process, for a few parts: nothing has to be started."""

    at_once = 1

    def __init__(self, opening: Opening[Part, Came]) -> None:
        self._opening = opening

    def results(self, parts: Iterable[Part]) -> Iterator[tuple[Part, tuple[Came, float]]]:
        opened = _Opened(self._opening)
        try:
            for part in parts:
                yield part, opened.timed(part)
        finally:
            opened.close()


class Processes(Generic[Part, Came]):
    """A process for each worker, each with models of its own."""

    def __init__(self, opening: Opening[Part, Came], workers: int | None = None) -> None:
        self._opening = opening
        self.at_once = workers or max(1, len(os.sched_getaffinity(0)))

    def results(self, parts: Iterable[Part]) -> Iterator[tuple[Part, tuple[Came, float]]]:
        context = multiprocessing.get_context(
            "spawn"
        )  # models and the ledger have threads, which no fork takes along
        with ProcessPoolExecutor(self.at_once, context, _open, (self._opening,)) as pool:
            given = ((part, pool.submit(_timed, part)) for part in parts)
            try:
                yield from _in_order(given, self.at_once, Future.result)
            finally:
                pool.shutdown(cancel_futures=True)


class OnRay(Generic[Part, Came]):
    """Over the machines of a Ray cluster. Each needs this package, and whatever the worker opens there."""

    def __init__(self, opening: Opening[Part, Came], address: str, workers: int | None = None) -> None:
        """Raises RayMissing."""
        self._ray = _connected(address)
        self.at_once = workers or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        actor = self._ray.remote(num_cpus=1)(_Opened)
        sent = self._ray.put(opening)
        self._workers = [actor.remote(sent) for _ in range(self.at_once)]

    def results(self, parts: Iterable[Part]) -> Iterator[tuple[Part, tuple[Came, float]]]:
        workers = zip(parts, cycle(self._workers), strict=False)
        given = ((part, worker.timed.remote(part)) for part, worker in workers)
        try:
            yield from _in_order(given, self.at_once, self._ray.get)
        finally:
            with suppress(Exception):  # what is not closed in time ends with its process
                self._ray.get([one.close.remote() for one in self._workers], timeout=ANSWERS_WITHIN_S)
            for worker in self._workers:
                self._ray.kill(worker)


def _in_order(
    given: Iterable[tuple[Part, Work]], at_once: int, result: Callable[[Work], tuple[Came, float]]
) -> Iterator[tuple[Part, tuple[Came, float]]]:
    """What parts come to, in their order; ``given`` hands one to a worker, and at most a few wait for each worker."""
    waiting: deque[tuple[Part, Work]] = deque()
    for one in given:
        waiting.append(one)
        if len(waiting) >= _AHEAD * at_once:
            first, work = waiting.popleft()
            yield first, result(work)
    for first, work in waiting:
        yield first, result(work)


class _Opened(Generic[Part, Came]):
    """A worker where it works."""

    def __init__(self, opening: Opening[Part, Came]) -> None:
        self._worker = opening()

    def timed(self, part: Part) -> tuple[Came, float]:
        """What the part comes to, and the seconds that took."""
        began = time.perf_counter()
        return self._worker.work(part), time.perf_counter() - began

    def close(self) -> None:
        self._worker.close()


_here: _Opened[Any, Any] | None = None


def _open(opening: Opening[Any, Any]) -> None:
    """In a worker's process, at its start."""
    global _here
    _here = _Opened(opening)
    Finalize(None, _here.close, exitpriority=_CLOSED_BEFORE)
    threading.Thread(target=_end_with_parent, args=(_here,), daemon=True).start()


def _timed(part: Any) -> tuple[Any, float]:
    assert _here is not None, "_open first"
    return _here.timed(part)


def _end_with_parent(opened: _Opened[Any, Any]) -> None:
    """A process whose parent was killed would wait for ever for its next part."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    with suppress(Exception):
        opened.close()
    os._exit(1)


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
