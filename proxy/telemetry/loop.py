"""The event loop watched: what keeps it busy for long keeps every answer waiting."""

from __future__ import annotations

import asyncio

from proxy.telemetry.metrics import Metrics

LOOK_EVERY_S = 0.05
SAMPLE_EVERY = 20  # looks


async def watch_loop(metrics: Metrics) -> None:
    """Measure how late the loop comes to what is due, and sample what scrapes by way of another worker show."""
    loop, looks = asyncio.get_running_loop(), 0
    while True:
        due = loop.time() + LOOK_EVERY_S
        await asyncio.sleep(LOOK_EVERY_S)
        metrics.loop_lag(max(0.0, loop.time() - due))
        looks += 1
        if looks % SAMPLE_EVERY == 0:
            metrics.sample()
