"""The event loop watched: what keeps it busy for long keeps every answer waiting."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from proxy.telemetry.metrics import Metrics

LOOK_EVERY_S = 0.05
SAMPLE_EVERY = 20  # looks


async def watch_loop(metrics: Metrics) -> None:
    """Measure how late the loop comes to what is due, and sample what scrapes by way of another worker show.

    Time in which the system gave its thread no core does not count: nothing of ours blocks it then.
    """
    loop, looks = asyncio.get_running_loop(), 0
    with waiting_for_a_core() as waited_s:
        while True:
            due, waited_before = loop.time() + LOOK_EVERY_S, waited_s()
            await asyncio.sleep(LOOK_EVERY_S)
            late = loop.time() - due
            metrics.loop_lag(max(0.0, late - (waited_s() - waited_before)))
            looks += 1
            if looks % SAMPLE_EVERY == 0:
                metrics.sample()


@contextmanager
def waiting_for_a_core() -> Iterator[Callable[[], float]]:
    """Tells how many seconds this thread could have run and had no core; 0 where the system does not say (Linux does).

    https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
    """
    try:
        file = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
    except OSError:
        yield lambda: 0.0
        return
    try:
        yield lambda: int(os.pread(file, 100, 0).split()[1]) / 1e9
    finally:
        os.close(file)
