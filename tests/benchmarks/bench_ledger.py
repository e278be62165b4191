"""How many records a second the ledger makes durable: python tests/benchmarks/bench_ledger.py [POSTGRESQL_URL]

Each line: records per second, and what one caller waits (milliseconds, median and 99th percentile). "alone" is the
plain way, one transaction a record, to compare with. FULL forces each commit to the disk, NORMAL does not.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from sqlalchemy import event

from proxy.ledger.answers import decisions
from proxy.ledger.database import WRITES
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord

CLAIM = {
    "choice": 0,
    "text": "Refunds are paid within 30 days of the cancellation.",
    "start": 0,
    "end": 52,
    "kind": "policy",
    "verdict": "supported",
    "confidence": 0.97,
    "reason": "the policy says the same",
    "evidence": [
        {"document": "airline/refunds", "section": "Refunds › When", "quote": "within 30 days " * 5}
    ],
}
TEXT = "Refunds are paid within 30 days of the cancellation. " * 6
CHOICES = [{"choice": 0, "model_text": TEXT, "delivered_text": TEXT, "claims": [CLAIM] * 6}]
RECORDS = 2000


def record() -> DecisionRecord:
    """About 4 kB as stored: an answer of six sentences."""
    now = datetime.now(UTC)
    return DecisionRecord(uuid4().hex, now, "default", "enforce", "deliver", True, "gpt-4o", choices=CHOICES)


def measure(name: str, write: Callable[[DecisionRecord], Any], callers: int, count: int = RECORDS) -> float:
    waits: list[float] = []

    def one(given: DecisionRecord) -> None:
        began = time.perf_counter()
        write(given)
        waits.append((time.perf_counter() - began) * 1000)

    given = [record() for _ in range(count)]
    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(one, given))
    rate = count / (time.perf_counter() - began)
    centiles = statistics.quantiles(waits, n=100)
    print(f"{name:<44} {rate:7.0f} records/s   {centiles[49]:6.1f} ms median {centiles[98]:7.1f} ms p99")
    return rate


def alone(ledger: Ledger) -> Callable[[DecisionRecord], None]:
    """One transaction a record, callers taking turns."""
    engine, turn = ledger._engine.execution_options(**{WRITES: True}), Lock()

    def write(given: DecisionRecord) -> None:
        with turn, engine.begin() as connection:
            decisions.new(given, "full")(connection)

    return write


def database(name: str, url: str) -> None:
    with Ledger.open(url) as ledger:
        measure("warming up", ledger.record, 4, 200)
        measure(f"{name}, 1 caller", ledger.record, 1)
        measure(f"{name}, 6 callers", ledger.record, 6)
        grouped = measure(f"{name}, 50 callers", ledger.record, 50)
        single = measure(f"{name}, 50 callers, alone", alone(ledger), 50)
    print(f"{name}: grouping makes 50 callers {grouped / single:.1f} times as fast\n")


def full_against_normal(folder: Path) -> None:
    rates = {}
    for level in ("FULL", "NORMAL"):
        with Ledger.open(f"sqlite:///{folder / level}.db") as ledger:
            event.listen(ledger._engine.pool, "checkout", _synchronous(level))
            for callers in (1, 50):
                rates[level, callers] = measure(f"SQLite {level}, {callers} callers", ledger.record, callers)
    for callers in (1, 50):
        ratio = rates["FULL", callers] / rates["NORMAL", callers]
        print(f"SQLite FULL / NORMAL with {callers} callers: {ratio:.2f}")


def _synchronous(level: str) -> Callable[..., None]:
    def set_level(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA synchronous={level}")

    return set_level


def main() -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        database("SQLite", f"sqlite:///{Path(folder) / 'ledger.db'}")
        full_against_normal(Path(folder))
    for url in sys.argv[1:]:
        database("PostgreSQL", url)


if __name__ == "__main__":
    main()
