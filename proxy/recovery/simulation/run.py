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
from proxy.ledger.failures.records import FailureState
from proxy.ledger.failures.table import FailureFilter
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
    split,
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
    story: Story, guard: Guard, embed: Embed, database_url: str, *, upgrade: bool = True
) -> Simulated:
    """Play the story into this ledger, beside whatever is in it. ``guard`` needs no ledger. Raises LedgerError."""
    clock = SimulatedClock(story.begins)
    with Ledger.open(database_url, upgrade=upgrade, now=clock) as ledger:
        ledger.tell_of_failures(traced_by(guard.telemetry))
        play = asyncio.run(_played(story, guard, embed, ledger, clock))
        states = _states(ledger, story)
        before, after = split(states, story.injected_at)
        return Simulated(
            story,
            dashboards(ledger, story),
            lived(ledger, story, play.returned.values()),
            list(times(before)),
            list(times(after)),
            len(play.returned),
            len({one.failure_id for one in states}),
        )


async def _played(story: Story, guard: Guard, embed: Embed, ledger: Ledger, clock: SimulatedClock) -> Play:
    with tempfile.TemporaryDirectory(prefix="cxai-simulated-") as folder:
        async with opened(ledger, guard, embed, Path(folder), story.tenant) as company:
            return await Play(story, company, clock).run()


def _states(ledger: Ledger, story: Story) -> list[FailureState]:
    which = FailureFilter(story.tenant, since=story.begins, until=story.ends, simulated=True, counted=True)
    return ledger.failures.states(which)
