"""Databases that tests share one after the other: each test finds the tables empty, whatever the one before left."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import make_url
from support.postgres import EmptyDatabases

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def test_rows_and_connections_of_the_test_before_are_gone(empty_databases: EmptyDatabases) -> None:
    with empty_databases.one() as first:
        left = psycopg.connect(plain(first))
        with Ledger.open(first) as ledger:
            ledger.escalate(EscalationRecord("CX-1", "r", "turn", "why", datetime.now(UTC)))
    with empty_databases.one() as second:
        assert second == first
        with Ledger.open(second) as ledger:
            assert ledger.escalations() == [] and ledger.desk.queues("default") == []
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE turns RENAME COLUMN owner TO tenant",
        "DROP INDEX ix_decisions_created_at",
        "DROP TRIGGER decisions_append_only ON decisions",
        "UPDATE cxai_ledger_version SET version_num = 'r9999'",
        "CREATE TABLE more (id INTEGER)",
    ],
)
def test_one_whose_tables_are_others_now_is_not_used_again(
    empty_databases: EmptyDatabases, change: str
) -> None:
    with empty_databases.one() as first, psycopg.connect(plain(first)) as connection:
        connection.execute(change.encode())
    with empty_databases.one() as second:
        assert second != first
