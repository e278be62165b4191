"""What a million events of failures cost: python tests/benchmarks/bench_recovery.py [EVENTS] [DATABASE_URL]

Writes that many events (five a failure, over a year, put into the tables at once) beside a hundred thousand answers,
then reads what the leadership page needs, of 7 to 90 days and of the whole year: the quickest and the slowest of five
runs, in seconds. Then durable appends through the ledger, each acknowledged once it is on disk: by one caller, by
fifty, and many told at once.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, text

from proxy.ledger.database import WRITES
from proxy.ledger.failures.folding import fold
from proxy.ledger.failures.records import Failure, FailureEvent, Kind, Severity, Source
from proxy.ledger.failures.telling import Telling
from proxy.ledger.ledger import Ledger
from proxy.ledger.rows import row_of
from proxy.ledger.schema import contacts, decisions, failure_events, failure_states, failures
from proxy.recovery.measures.given import Given
from proxy.recovery.measures.lead import lead
from proxy.recovery.measures.period import read_period, whole_days
from proxy.rules.recovery_options import BUILT_IN_RECOVERY

NOW = datetime.now(UTC)
PER_FAILURE = 5
GROUP = 20_000
ANSWERS = 100_000
APPENDS = 3_000


def history(number: int, of: int, random: Random) -> tuple[Failure, list[FailureEvent]]:
    at = NOW - timedelta(days=365) * (number / of) - timedelta(seconds=random.random())
    failure = Failure(
        f"f-{number}", random.choice(list(Kind)), at, customer_id=f"c-{random.randrange(50_000)}",
        response_id=f"r-{number}", channel=random.choice(["chat", "mail", "voice"]), topic=f"t-{random.randrange(20)}",
        incident=f"recall RC-{number // 500}" if number % 3 == 0 else None,
    )  # fmt: skip
    events, when = [], at
    severity = {"severity": str(random.choice(list(Severity))), "amount": 20.0, "currency": "EUR"}
    for step, data in (
        ("detected", severity), ("classified", {"cause": "corpus_gap"}), ("contained", {}), ("corrected", {}),
        ("restored", {"how": random.choice(["confirmed", "no_repeat_contact"])}),
    ):  # fmt: skip
        when += timedelta(hours=random.expovariate(1 / 40))
        source = str(random.choice(list(Source))) if step == "detected" else None
        # What has not happened yet is told as something known better, so that the number of events is as asked.
        has_happened = when <= NOW
        events.append(
            FailureEvent(
                step,
                step if has_happened else "classified",
                min(when, NOW),
                "ana",
                source,
                data,
                known_at=NOW,
            )
        )
    return failure, events


def fill(ledger: Ledger, count: int) -> None:
    random = Random(1)
    told = (history(number, count, random) for number in range(count))
    writing = ledger._engine.execution_options(**{WRITES: True})
    made, events = 0, 0
    while group := list(islice(told, GROUP)):
        with writing.begin() as connection:
            made, events = made + len(group), events + _put(connection, group, made)
    print(f"{made:,} failures with {events:,} events")
    for rows in _grouped(_answers(random)):
        with writing.begin() as connection:
            connection.execute(insert(decisions), rows)
    for rows in _grouped(_contacts(random)):
        with writing.begin() as connection:
            connection.execute(insert(contacts), rows)
    with ledger._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _put(connection: Connection, group: list[tuple[Failure, list[FailureEvent]]], first: int) -> int:
    rows: dict[Any, list[dict[str, Any]]] = {failures: [], failure_events: [], failure_states: []}
    for number, (failure, events) in enumerate(group):
        failure_id = f"FL-{first + number:08}"
        rows[failures].append({**row_of(failure), "id": failure_id, "known_at": NOW, "store_text": "full"})
        rows[failure_events] += [{**row_of(one), "failure_id": failure_id} for one in events]
        rows[failure_states].append(row_of(fold(failure_id, failure, NOW, events)))
    for table, of_table in rows.items():
        connection.execute(insert(table), of_table)
    return len(rows[failure_events])


def _answers(random: Random) -> Iterator[dict[str, Any]]:
    for number in range(ANSWERS):
        yield {
            "response_id": f"r-{number}", "created_at": NOW - timedelta(days=365 * random.random()), "route": "default",
            "mode": "enforce", "decision": random.choices(("deliver", "rewrite", "escalate"), (90, 7, 3))[0],
            "verified": True, "model": "m", "streamed": False, "store_text": "full", "choices": [], "facts": [],
            "versions": {}, "timings_ms": {"judge": 30.0, "rules": 1.0}, "usage": {}, "tenant": "default",
            "customer_id": f"c-{random.randrange(50_000)}", "corpus_version": "c-1",
        }  # fmt: skip


def _contacts(random: Random) -> Iterator[dict[str, Any]]:
    for number in range(ANSWERS // 2):
        yield {
            "tenant": "default", "key": f"k-{number}", "customer_id": f"c-{random.randrange(50_000)}",
            "kind": random.choice(["called", "complaint", "note", "returned_to_automation"]), "channel": "voice",
            "at": NOW - timedelta(days=365 * random.random()), "received_at": NOW, "actor": "crm", "data": {},
            "store_text": "full",
        }  # fmt: skip


def _grouped(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(rows, GROUP)):
        yield group


def measure(name: str, work: Callable[[], object]) -> None:
    took = []
    for _ in range(5):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    print(f"{name:<44} {min(took):6.2f} {max(took):6.2f} s", flush=True)


def lead_of(ledger: Ledger, days: int) -> Callable[[], object]:
    def work() -> object:
        period = read_period(
            ledger, "default", whole_days(NOW, days), NOW, BUILT_IN_RECOVERY, timedelta(days=14), Given()
        )
        return lead(ledger, period)

    return work


def appends(ledger: Ledger, callers: int, count: int) -> None:
    """Each caller tells failures of its own: one call that makes it, and then a call a step."""
    waits: list[float] = []

    def steps(number: int) -> None:
        failure = Failure(f"bench-{callers}-{number}", "wrong_claim", NOW, customer_id="c")
        began = time.perf_counter()
        failure_id, _ = ledger.failures.tell(failure, FailureEvent("d", "detected", NOW, "ana", "guard"))
        waits.append(time.perf_counter() - began)
        for step in ("contained", "corrected", "restored", "learned"):
            began = time.perf_counter()
            ledger.failures.add(failure_id, FailureEvent(step, step, NOW, "ana", data={"how": "confirmed"}))
            waits.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(steps, range(count // 5)))
    rate = len(waits) / (time.perf_counter() - began)
    centiles = [1000 * one for one in statistics.quantiles(waits, n=100)]
    name = f"durable appends, {callers} caller{'s' if callers > 1 else ''}"
    print(
        f"{name:<44} {rate:6.0f} a second   {centiles[49]:.1f} ms median {centiles[98]:.1f} ms p99",
        flush=True,
    )


def appends_of_many(ledger: Ledger, count: int) -> None:
    """One caller tells many failures of five events each at once, as an import and a look at the ledger do."""
    steps = ("detected", "contained", "corrected", "restored", "learned")
    events = [FailureEvent(step, step, NOW, "ana", data={"how": "confirmed"}) for step in steps]
    told = [
        Telling.of(Failure(f"many-{n}", "wrong_claim", NOW, customer_id="c"), *events) for n in range(count)
    ]
    began = time.perf_counter()
    ledger.failures.tell_all(told)
    rate = count * len(events) / (time.perf_counter() - began)
    print(f"{'durable appends, many told at once':<44} {rate:6.0f} a second", flush=True)


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/ledger.db"
        with Ledger.open(url) as ledger:
            fill(ledger, events // PER_FAILURE)
            lead_of(ledger, 1)()  # the libraries are read once
            for days in (7, 30, 60, 90, 365):
                measure(f"what the leadership page needs, {days} days", lead_of(ledger, days))
            for callers in (1, 50):
                appends(ledger, callers, APPENDS if callers > 1 else APPENDS // 5)
            appends_of_many(ledger, APPENDS)


if __name__ == "__main__":
    main()
