"""A look reads by indexes alone: it costs as much as what is new, however much the ledger keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from support.customers import account_answer, case, contact, promise
from support.detecting import looked
from support.recorded import claim, recorded_decision
from support.reviewing import NOON, reviewed, reviewing, sampled

from proxy.ledger.desk.records import Routing
from proxy.ledger.ledger import Ledger

WRONG = claim("You may claim within 90 days.", 0.02, "contradicted", action="escalate")


def test_no_table_is_read_from_end_to_end(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        of_every_source(ledger)
        asked: list[tuple[str, Any]] = []

        def noted(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
            if statement.lstrip().startswith("SELECT"):
                asked.append((statement, parameters))

        event.listen(ledger._engine, "before_cursor_execute", noted)
        told = looked(ledger, now=datetime.now(UTC) + timedelta(days=30))
        event.remove(ledger._engine, "before_cursor_execute", noted)
        assert {"returned", "promises", "let_pass", "reviews", "late", "feedback"} <= set(told)
        with ledger._engine.connect() as connection:
            for statement, parameters in asked:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                scanned = [row[3] for row in plan if row[3].startswith("SCAN ") and "USING" not in row[3]]
                assert not scanned, f"{scanned}\n{statement}"


def of_every_source(ledger: Ledger) -> None:
    now = {"received_at": datetime.now(UTC)}
    ledger.record(account_answer("r", 1))
    ledger.record(recorded_decision("w", claims=[WRONG], mode="observe", decision="escalate"))
    ledger.escalate(case("CX-2222-2222", 0), routing=Routing(due_at=NOON))
    made = promise("PR-2222-2222-2222", 0)
    ledger.submit(account_answer(made.response_id, 2), promised=[made]).result()
    ledger.customers.report(
        [
            contact("1", "escalated", 0, **now),
            contact("2", "promise_broken", 30, ref=made.id, **now),
            contact("3", "complaint", 31, **now),
            contact("4", "feedback", 32, data={"rating": "down", "response_id": "r"}, **now),
            contact("5", "feedback", 33, data={"settled": "yes", "response_id": "w"}, **now),
        ]
    )
    sampled(ledger, "one")
    reviewed(reviewing(ledger), "ana", NOON, {3: "contradicted"})
