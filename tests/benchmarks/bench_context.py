"""What a source of context that hangs costs a request. Run: PYTHONPATH=tests python tests/benchmarks/bench_context.py

Four sources beside our own ledger: over HTTP a CRM that answers and one that never does, a file, and a database, all on
this machine. Prints how long a snapshot takes beside the budget, and the same without the one that hangs.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text
from support.crm import running_crm
from support.declared import declared

from proxy.context.gathering import ContextReader
from proxy.context.snapshot import FactState
from proxy.context.sources.source import Surroundings
from proxy.ledger.ledger import Ledger
from proxy.rules.context_options import ContextOptions
from proxy.telemetry.metrics import Metrics

CUSTOMERS = 50
TIMES = 300
GRACE_MS = 10  # what the issue allows beyond the budget
ANSWERING = ("complaint", "vip", "ticket", "open_case")
DECLARED = """\
budget: {budget_ms}ms
sources:
  - {{name: crm, kind: http, url: "{crm}/customers/{{customer_id}}"}}
  - {{name: slow, kind: http, url: "{slow}/customers/{{customer_id}}", breaker_failures: 0}}
  - {{name: vip, kind: file, path: vip.csv, key: customer}}
  - {{name: tickets, kind: sql, database: "sqlite:///{folder}/tickets.db",
      query: "SELECT * FROM tickets WHERE customer = :customer_id"}}
facts:
  - {{name: complaint, type: bool, class: required, protective_value: true, max_age: 10m, from: {{crm: }}}}
  - {{name: debt, type: number, class: required, protective_value: 0, max_age: 10m, from: {{{debt}: }}}}
  - {{name: vip, type: bool, max_age: 1d, from: {{vip: }}}}
  - {{name: ticket, type: bool, class: required, protective_value: true, max_age: 10m, from: {{tickets: }}}}
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of each snapshot, and of a bare timer that waits for the budget at the same time.

    ``answered`` is the share of fresh facts among the answering sources'; ``slow`` the states of the other one.
    """

    snapshots: list[float]
    timers: list[float]
    answered: float
    slow: set[FactState]

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.snapshots, n=100)[percent - 1]

    def timer(self, percent: int) -> float:
        return statistics.quantiles(self.timers, n=100)[percent - 1]


async def taken(options: ContextOptions, folder: Path, times: int) -> Taken:
    """Snapshots one after another."""
    ledger = Ledger.open(f"sqlite:///{folder}/ledger.db")
    reader = ContextReader(Surroundings(folder=folder, ledger=ledger), Metrics())
    snapshots: list[float] = []
    timers: list[float] = []
    states: list[FactState] = []
    hung: list[FactState] = []
    await reader.snapshot(options, "c-0", now=datetime.now(UTC))  # opens the sources
    for number in range(times):
        timer = asyncio.create_task(_timer(options.budget.total_seconds()))
        began = time.perf_counter()
        found = await reader.snapshot(options, f"c-{number % CUSTOMERS}", now=datetime.now(UTC))
        snapshots.append((time.perf_counter() - began) * 1000)
        states += [found.facts[name].state for name in ANSWERING]
        hung.append(found.facts["debt"].state)
        timers.append(await timer)
    await reader.close()
    ledger.close()
    return Taken(snapshots, timers, states.count(FactState.FRESH) / len(states), set(hung))


async def _timer(budget_s: float) -> float:
    began = time.perf_counter()
    await asyncio.sleep(budget_s)
    return (time.perf_counter() - began) * 1000


def measured(folder: Path, times: int, budget_ms: int = 150) -> tuple[Taken, Taken]:
    """With a source that hangs, and without."""
    _files(folder)
    records = {f"c-{number}": {"complaint": False, "debt": 12} for number in range(CUSTOMERS)}
    with running_crm(**records) as crm, running_crm() as slow:
        slow.delay_s = 60
        place = {"folder": folder, "crm": crm.url, "slow": slow.url, "budget_ms": budget_ms}
        hanging = declared(DECLARED.format(**place, debt="slow"))
        answering = declared(DECLARED.format(**place, debt="crm"))
        return (
            asyncio.run(taken(hanging, folder, times)),
            asyncio.run(taken(answering, folder, min(times, 20))),
        )


def _files(folder: Path) -> None:
    ids = [f"c-{number}" for number in range(CUSTOMERS)]
    (folder / "vip.csv").write_text("customer,vip\n" + "".join(f"{one},yes\n" for one in ids))
    engine = create_engine(f"sqlite:///{folder}/tickets.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tickets (customer TEXT PRIMARY KEY, ticket BOOLEAN)"))
        connection.execute(text("INSERT INTO tickets VALUES (:id, 0)"), [{"id": one} for one in ids])
    engine.dispose()


def main(arguments: Sequence[str]) -> None:
    logging.disable(logging.CRITICAL)
    times = int(arguments[0]) if arguments else TIMES
    with tempfile.TemporaryDirectory() as folder:
        hanging, answering = measured(Path(folder), times)
    for name, one in (("one of four hangs", hanging), ("all four answer", answering)):
        print(
            f"{name}: p50 {one.percentile(50):.1f} ms, p99 {one.percentile(99):.1f} ms of a budget of 150 ms"
        )
    print(f"a bare timer of 150 ms meanwhile: p50 {hanging.timer(50):.1f} ms, p99 {hanging.timer(99):.1f} ms")
    print(f"within budget + {GRACE_MS} ms: {'yes' if hanging.percentile(99) <= 150 + GRACE_MS else 'NO'}")


if __name__ == "__main__":
    main(sys.argv[1:])
