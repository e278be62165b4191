"""Faults of the ledger, an SQLite file, while the proxy runs. Taking permissions away would not stop root."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from proxy.drill.company import CONTACT, TRUE, UNFOUNDED
from proxy.drill.fault import WHOLE, Fault, Way, Work, answering, during
from proxy.drill.misbehaving import Reply
from proxy.drill.outcome import Outcome, delivered, handed_over
from proxy.drill.place import Place

REFUSED = ("decisions", "escalations")

# Delivered, and openly not recorded.
DELIVERED = replace(delivered(TRUE, "ledger"), recorded=False)
# Nobody has the case, so nothing may look as if somebody had.
NOT_HANDED_OVER = replace(DELIVERED, decision="refuse", reads=CONTACT)


@contextmanager
def refusing_records(place: Place) -> Iterator[None]:
    """Triggers that refuse every new row, as a full disk would."""
    with closing(sqlite3.connect(place.ledger_file, timeout=10)) as database:
        for table in REFUSED:
            database.execute(
                f"CREATE TRIGGER drill_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'drill'); END"
            )
        try:
            yield
        finally:
            for table in REFUSED:
                database.execute(f"DROP TRIGGER drill_{table}")


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Another process keeps a transaction open, as a careless backup or a shell does."""
    with closing(sqlite3.connect(place.ledger_file, timeout=10, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            database.execute("ROLLBACK")


def and_readiness(work: Work) -> Work:
    def seen(place: Place, way: Way) -> Outcome:
        outcome, readiness = work(place, way), place.readiness()
        told = readiness.json()["ledger"]
        return replace(outcome, also={"/readyz": str(readiness.status_code)}, told=told)

    return seen


def killed(place: Place, way: Way) -> Outcome:
    """A customer is told a reference, and at once the proxy is gone; what the ledger has then."""
    outcome = answering(Reply(UNFOUNDED))(place, way)
    assert place.running is not None
    place.running.process.kill()
    place.running.process.wait()
    with place.ledger() as ledger:
        told = [case.response_id for case in ledger.escalations()]
        recorded = [record.response_id for record in ledger.answers(decision="escalate")]
    return replace(outcome, case=len(told) == 1, recorded=recorded == told)


def removed(place: Place, way: Way) -> Outcome:
    """The file is deleted under the running process; it is put back by nobody."""
    place.ledger_file.unlink()
    return and_readiness(answering(Reply(UNFOUNDED)))(place, way)


FAULTS = (
    Fault(
        "The ledger refuses records, of an answer to be delivered",
        "triggers in the database refuse every new row",
        DELIVERED,
        during(refusing_records, answering(Reply(TRUE))),
    ),
    Fault(
        "The ledger refuses records, of an answer to be handed over",
        "triggers in the database refuse every new row",
        NOT_HANDED_OVER,
        during(refusing_records, answering(Reply(UNFOUNDED))),
    ),
    Fault(
        "The ledger is locked by another process",
        "a transaction is kept open on it",
        replace(DELIVERED, also={"/readyz": "503"}, told="another process held the database locked"),
        during(locked, and_readiness(answering(Reply(TRUE)))),
        WHOLE,
    ),
    Fault(
        "The proxy is killed",
        "SIGKILL, after a customer was told a reference",
        handed_over(),
        killed,
        WHOLE,
    ),
)

# Nothing can be tried after it.
FILE_DELETED = Fault(
    "The ledger's file is deleted",
    "under the running proxy",
    replace(NOT_HANDED_OVER, also={"/readyz": "503"}, told="the file has been removed or replaced"),
    removed,
    WHOLE,
)
