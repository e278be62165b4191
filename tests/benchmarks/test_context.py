"""A source that hangs costs the budget and no more, in a few rounds and with room for a busy machine."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench_context import measured

from proxy.context.snapshot import FactState

BUDGET_MS = 60
BUSY_MS = 300  # the benchmark itself holds it to 10


def test_a_source_that_hangs_costs_the_budget_and_no_more(tmp_path: Path) -> None:
    hanging, answering = measured(tmp_path, 12, BUDGET_MS)
    assert hanging.slow == {FactState.FAILED} and hanging.answered > 0.5
    assert min(hanging.snapshots) >= BUDGET_MS
    assert max(hanging.snapshots) < max(BUDGET_MS, *hanging.timers) + BUSY_MS
    assert min(answering.snapshots) < BUDGET_MS
