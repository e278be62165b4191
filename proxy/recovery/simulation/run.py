"""The whole simulation: the story played into a ledger, and what its dashboard and its measures show.

found = simulate(Story(begins), guard, embed, "sqlite:///simulated.db")
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from proxy.grounding.policy.features import Embed
from proxy.guard import Guard
from proxy.ledger.ledger import Ledger
from proxy.recovery.detecting.tracing import traced_by
from proxy.recovery.simulation.clock import SimulatedClock
from proxy.recovery.simulation.company import opened
from proxy.recovery.simulation.figures import (
    Dashboard,
    Lived,
    Times,
    dashboards,
    divergence,
    lived,
    times,
)
from proxy.recovery.simulation.playing import Play
from proxy.recovery.simulation.story import Story


@dataclass(frozen=True, slots=True)
class Simulated:
    """``before`` and ``after`` are the times of failures by whether they happened before the rule was injected.

    ``returned`` answers were given in spite of an open complaint, and ``found`` is how many of them became known.
    """

    story: Story
    dashboard: list[Dashboard]
    lived: list[Lived]
    before: list[Times]
    after: list[Times]
    returned: int
    found: int

    @property
    def divergence(self) -> Lived | None:
        return divergence(self.dashboard, self.lived)


def simulate(
    story: Story,
    guard: Guard,
    embed: Embed,
    database_url: str,
    *,
    upgrade: bool = True,
    timed: bool = True,
) -> Simulated:
    """Play the story into this ledger, beside whatever is in it. ``guard`` needs no ledger. Raises LedgerError.

    Reading what times are estimated with takes seconds: they are left out where they are not ``timed``.
    """
    clock = SimulatedClock(story.begins)
    with Ledger.open(database_url, upgrade=upgrade, now=clock) as ledger:
        ledger.tell_of_failures(traced_by(guard.telemetry))
        play = asyncio.run(_played(story, guard, embed, ledger, clock))
        before, after = times(ledger, story) if timed else ([], [])
        by_day = lived(ledger, story, play.returned.values())
        return Simulated(
            story, dashboards(ledger, story), by_day, before, after, len(play.returned), by_day[-1].known
        )


async def _played(story: Story, guard: Guard, embed: Embed, ledger: Ledger, clock: SimulatedClock) -> Play:
    with tempfile.TemporaryDirectory(prefix="cxai-simulated-") as folder:
        async with opened(ledger, guard, embed, Path(folder), story.tenant) as company:
            return await Play(story, company, clock).run()
