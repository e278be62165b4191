"""The metrics of several workers on one port, added up: whichever of them is scraped tells for all.

Each worker writes its counts to files in one folder (https://prometheus.github.io/client_python/multiprocess/), so
that those of a worker that died still count.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # the client library reads it when it is imported
_OLDEST = frozenset({"process_start_time_seconds"})


@contextmanager
def shared_folder() -> Iterator[None]:
    """Processes that are started inside the block keep their counts together."""
    with TemporaryDirectory(prefix="cxai-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER_VARIABLE]


def are_several() -> bool:
    return FOLDER_VARIABLE in os.environ


def adding_up(build: Collector) -> CollectorRegistry:
    """All workers' metrics; ``build``, which says what runs, is the same for each."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    registry = CollectorRegistry()
    registry.register(build)
    registry.register(_Processes(_living(folder)))
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return registry


def _living(folder: Path) -> list[int]:
    """The workers that run. What the others had in hand is forgotten, what they had counted is not."""
    pids = {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*.db")}
    living = sorted(pid for pid in pids if _is_running(pid))
    for pid in pids.difference(living):
        with suppress(FileNotFoundError):  # another worker is being scraped, too
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
    return living


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's process has the number by now
        return False
    return True


class _Processes(Collector):
    """What the system knows of the workers, as if they were one process; its start is the oldest one's."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._each = [ProcessCollector(pid=partial(int, pid), registry=None) for pid in pids]

    def collect(self) -> Iterator[Metric]:
        together: dict[str, list[Metric]] = {}
        for process in self._each:
            for metric in process.collect():
                together.setdefault(metric.name, []).append(metric)
        for name, metrics in together.items():
            values = [sample.value for metric in metrics for sample in metric.samples]
            first = metrics[0]
            told = Metric(first.name, first.documentation, first.type)
            told.add_sample(first.samples[0].name, {}, (min if name in _OLDEST else sum)(values))
            yield told
