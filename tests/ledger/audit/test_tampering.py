"""Whatever somebody does to a sealed row, behind the program's back, is found and the row is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Table, and_, delete, func, insert, select, text, update
from support.audit_rows import a_bit_of_everything, everything_sealed
from support.postgres import fresh_schema

from proxy.ledger.audit.finding import Wrong
from proxy.ledger.audit.rows import key_of, rows_of
from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.audit.sealing import prepare, sealing
from proxy.ledger.audit.verifying import verify
from proxy.ledger.database import WRITES
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.schema import (
    Instant,
    audit_batches,
    audit_entries,
    audit_pending,
    audit_removals,
    audit_salts,
    metadata,
)

OTHER = {
    str: "tampered",
    bytes: b"tampered",
    int: 987,
    float: 0.123,
    datetime: datetime(2031, 1, 1, tzinfo=UTC),
    object: {"tampered": True},
}

UNREADABLE = ("choices = '{'", "created_at = 'never'", "question = CAST(x'ff' AS TEXT)")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sealed_ledger(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """A ledger with two rows in every table, all sealed."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('sealed') / 'ledger.db'}"
        else:
            url = stack.enter_context(fresh_schema(request.getfixturevalue("postgres_server")))
        ledger = stack.enter_context(Ledger.open(url))
        everything_sealed(ledger)
        yield ledger


@pytest.fixture
def tampering(sealed_ledger: Ledger) -> Iterator[Connection]:
    """A connection as somebody has it who may do everything: triggers are off, and so are foreign keys.

    What is done with it is undone after the test.
    """
    with sealed_ledger._engine.execution_options(**{WRITES: True}).connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            of_tables = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in connection.execute(of_tables).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()


def seal(connection: Connection) -> int:
    prepared = prepare(connection)
    return sealing(prepared)(connection) if prepared else 0


def first_row(connection: Connection, table: Table) -> Any:
    return connection.execute(select(table).order_by(*table.primary_key).limit(1)).one()


def is_row(table: Table, row: Any) -> Any:
    return is_row_of(table, row._mapping)


def is_row_of(table: Table, row: Any) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key))


def another_row(connection: Connection, name: str) -> dict[str, Any]:
    """A row like the first one, under a key of its own."""
    table = metadata.tables[name]
    row = dict(first_row(connection, table)._mapping)
    row |= {key: other_than(None, table.c[key]) for key in SEALED[name].key}
    unique = {"key", "item_id", "giving_id", "since"} & set(row) - set(SEALED[name].key)
    return row | {column: other_than(None, table.c[column]) for column in unique}


def other_than(value: Any, column: Column[Any]) -> Any:
    kind = datetime if isinstance(column.type, Instant) else column.type.python_type
    return (not value) if kind is bool else OTHER[kind]


def found_in(connection: Connection) -> set[tuple[Wrong, str | None, str | None]]:
    return {(one.wrong, one.table, one.key) for one in verify(connection).findings}


@pytest.mark.parametrize("name", SEALED)
def test_a_changed_value_of_any_column_is_found(name: str, tampering: Connection) -> None:
    table = metadata.tables[name]
    row = first_row(tampering, table)
    key = key_of(name, row._mapping)
    for column in [column for column in table.columns if not column.primary_key]:
        was = row._mapping[column.name]
        change = update(table).where(is_row(table, row))
        tampering.execute(change.values({column.name: other_than(was, column)}))
        assert (Wrong.CHANGED, name, key) in found_in(tampering), column
        tampering.execute(change.values({column.name: was}))
    assert verify(tampering).findings == []


@pytest.mark.parametrize("name", SEALED)
def test_a_changed_key_is_found(name: str, tampering: Connection) -> None:
    table = metadata.tables[name]
    row = first_row(tampering, table)
    for key in SEALED[name].key:
        change = {key: other_than(row._mapping[key], table.c[key])}
        tampering.execute(update(table).where(is_row(table, row)).values(change))
        renamed = {**row._mapping, **change}
        gone, come = key_of(name, row._mapping), key_of(name, renamed)
        assert {(Wrong.MISSING, name, gone), (Wrong.ADDED, name, come)} <= found_in(tampering)
        tampering.execute(update(table).where(is_row_of(table, renamed)).values({key: row._mapping[key]}))


@pytest.mark.parametrize("name", SEALED)
def test_a_removed_row_is_found(name: str, tampering: Connection) -> None:
    table = metadata.tables[name]
    row = first_row(tampering, table)
    tampering.execute(delete(table).where(is_row(table, row)))
    assert (Wrong.MISSING, name, key_of(name, row._mapping)) in found_in(tampering)


@pytest.mark.parametrize("name", SEALED)
def test_an_added_row_is_found(name: str, tampering: Connection) -> None:
    row = another_row(tampering, name)
    tampering.execute(insert(metadata.tables[name]), row)
    assert (Wrong.ADDED, name, key_of(name, row)) in found_in(tampering)


@pytest.mark.parametrize("name", SEALED)
def test_rows_that_changed_places_are_found(name: str, tampering: Connection) -> None:
    """Each row is whole, but stands under the other's key, and so under the other's place in the log."""
    table, key = metadata.tables[name], SEALED[name].key[0]
    found = tampering.execute(select(table).order_by(*table.primary_key).limit(2))
    one, other = (dict(row._mapping) for row in found)
    for row in (one, other):
        tampering.execute(delete(table).where(is_row_of(table, row)))
    swapped = {**one, key: other[key]}, {**other, key: one[key]}
    for row in swapped:
        tampering.execute(insert(table), row)
    assert {(Wrong.CHANGED, name, key_of(name, row)) for row in swapped} <= found_in(tampering)


@pytest.mark.parametrize("name", [name for name in SEALED if SEALED[name].written_at])
def test_a_row_that_is_put_in_line_with_an_old_date_is_found(name: str, tampering: Connection) -> None:
    """Who knows the program well lets it seal the row; but the row names a time at which it was not there."""
    old = datetime.now(UTC) - timedelta(days=30)
    row = {**another_row(tampering, name), str(SEALED[name].written_at): old}
    tampering.execute(insert(metadata.tables[name]), row)
    tampering.execute(insert(audit_pending), {"table_name": name, "row_key": key_of(name, row)})
    assert seal(tampering) == 1
    assert (Wrong.ADDED, name, key_of(name, row)) in found_in(tampering)


def test_an_event_that_was_told_later_is_shown_and_is_nothing_wrong(tampering: Connection) -> None:
    """Other channels may tell of a case what happened long ago."""
    row = {**another_row(tampering, "escalation_events"), "at": datetime.now(UTC) - timedelta(days=30)}
    tampering.execute(insert(metadata.tables["escalation_events"]), row)
    tampering.execute(insert(audit_pending), {"table_name": "escalation_events", "row_key": str(row["id"])})
    seal(tampering)
    verified = verify(tampering)
    assert verified.findings == []
    assert verified.told_later == {"escalation_events": 1}


def test_a_row_that_cannot_be_read_any_more_is_named(tampering: Connection) -> None:
    if tampering.dialect.name == "postgresql":
        pytest.skip("PostgreSQL holds no JSON, date or text that is none")
    for broken in UNREADABLE:
        tampering.execute(text(f"UPDATE decisions SET {broken} WHERE response_id = 'r1'"))
        assert found_in(tampering) == {(Wrong.CHANGED, "decisions", "r1")}


def test_a_key_that_no_row_can_have_hides_no_other_finding(tampering: Connection) -> None:
    table = audit_salts.c.table_name == "escalation_events"
    seq = tampering.execute(select(func.min(audit_salts.c.seq)).where(table)).scalar_one()
    tampering.execute(update(audit_salts).where(audit_salts.c.seq == seq).values(row_key="9" * 30))
    tampering.execute(text("UPDATE decisions SET mode = 'other' WHERE response_id = 'r1'"))
    found = found_in(tampering)
    assert (Wrong.CHANGED, "escalation_events", "9" * 30) in found
    assert {key for wrong, table, key in found if table == "decisions"} == {"r1"}


def test_a_lost_connection_is_not_taken_for_a_tampered_row(
    sealed_ledger: Ledger, request: pytest.FixtureRequest
) -> None:
    if "postgresql" not in request.node.name:
        pytest.skip("an SQLite file is not reached over a connection")
    with pytest.raises(LedgerError, match="cannot be reached"), sealed_ledger._reading() as connection:
        salts = connection.execute(select(audit_salts)).all()
        own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with sealed_ledger._engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        rows_of(connection, salts)


def test_a_row_that_went_before_it_was_sealed_is_missing(ledger: Ledger) -> None:
    a_bit_of_everything(ledger, 1)
    with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text("DELETE FROM decisions WHERE response_id = 'r1'"))
    ledger.audit.seal()
    (found,) = ledger.audit.verify().findings
    assert (found.wrong, found.table, found.key) == (Wrong.MISSING, "decisions", "r1")


# The log itself


@pytest.mark.parametrize("column", ["batch", "table_name", "commitment", "rule", "seq"])
def test_a_changed_entry_is_found(column: str, tampering: Connection) -> None:
    value = 9999 if column in ("batch", "seq") else "contacts" if column == "table_name" else "other"
    tampering.execute(update(audit_entries).where(audit_entries.c.seq == 3).values({column: value}))
    assert Wrong.CHAIN in {one.wrong for one in verify(tampering).findings}


@pytest.mark.parametrize("column", ["previous", "hash", "sealed_at", "drained", "number"])
def test_a_changed_batch_is_found(column: str, tampering: Connection) -> None:
    batch = first_row(tampering, audit_batches)
    value = other_than(batch._mapping[column], audit_batches.c[column])
    tampering.execute(update(audit_batches).where(audit_batches.c.number == 1).values({column: value}))
    assert Wrong.CHAIN in {one.wrong for one in verify(tampering).findings}


def test_a_batch_that_was_taken_out_is_found(tampering: Connection) -> None:
    tampering.execute(delete(audit_entries).where(audit_entries.c.batch == 1))
    tampering.execute(delete(audit_batches).where(audit_batches.c.number == 1))
    found = verify(tampering).findings
    assert any(one.wrong is Wrong.CHAIN and "batch 1 is missing" in one.text for one in found)


def test_entries_in_another_order_are_found(tampering: Connection) -> None:
    for was, becomes in ((1, 9999), (2, 1), (9999, 2)):
        tampering.execute(update(audit_entries).where(audit_entries.c.seq == was).values(seq=becomes))
    found = verify(tampering).findings
    opened = {row.seq for row in tampering.execute(select(audit_salts).where(audit_salts.c.seq <= 2))}
    assert opened <= {one.seq for one in found if one.wrong is Wrong.CHANGED}
    assert Wrong.CHAIN in {one.wrong for one in found}


@pytest.mark.parametrize("column", ["salt", "row_key", "table_name"])
def test_a_changed_salt_shows_its_row(column: str, tampering: Connection) -> None:
    seq = first_row(tampering, audit_salts).seq
    value = "promises" if column == "table_name" else "other"
    tampering.execute(update(audit_salts).where(audit_salts.c.seq == seq).values({column: value}))
    assert seq in {one.seq for one in verify(tampering).findings}


def test_a_salt_that_is_gone_is_a_missing_row(tampering: Connection) -> None:
    seq = first_row(tampering, audit_salts).seq
    tampering.execute(delete(audit_salts).where(audit_salts.c.seq == seq))
    assert (Wrong.MISSING, seq) in {(one.wrong, one.seq) for one in verify(tampering).findings}


def test_a_forged_note_of_a_removal_is_found(tampering: Connection) -> None:
    seq = first_row(tampering, audit_salts).seq
    last = tampering.execute(select(func.max(audit_removals.c.id))).scalar_one()
    note = {"id": last + 1, "seq": seq, "rule": "erasure", "at": datetime.now(UTC)}
    tampering.execute(insert(audit_removals), note)
    found = {(one.wrong, one.seq, one.table) for one in verify(tampering).findings}
    assert {(Wrong.REMOVAL, seq, None), (Wrong.ADDED, None, "audit_removals")} <= found


def test_more_rows_put_back_than_removed_are_found(tampering: Connection) -> None:
    """The name of a rule lets a row be older than its place; so each such row must stand for one that went."""
    row = another_row(tampering, "decisions")
    tampering.execute(insert(metadata.tables["decisions"]), row)
    queued = {"table_name": "decisions", "row_key": row["response_id"], "rule": "erasure"}
    tampering.execute(insert(audit_pending), queued)
    seal(tampering)
    (found,) = verify(tampering).findings
    assert found.wrong is Wrong.REMOVAL and "erasure" in found.text


def test_a_row_that_somebody_puts_in_line_again_stops_nothing(tampering: Connection) -> None:
    row = another_row(tampering, "decisions")
    tampering.execute(insert(metadata.tables["decisions"]), row)
    for key in ("r1", row["response_id"]):
        tampering.execute(insert(audit_pending), {"table_name": "decisions", "row_key": key})
    assert seal(tampering) == 2
    assert (verify(tampering).findings, verify(tampering).waiting) == ([], 0)


@pytest.mark.parametrize("broken", UNREADABLE)
def test_a_row_that_cannot_be_read_stops_the_sealing_of_no_other(broken: str, tampering: Connection) -> None:
    if tampering.dialect.name == "postgresql":
        pytest.skip("PostgreSQL holds no JSON, date or text that is none")
    row = another_row(tampering, "decisions")
    tampering.execute(insert(metadata.tables["decisions"]), row)
    tampering.execute(
        text(f"UPDATE decisions SET {broken} WHERE response_id = :id"), {"id": row["response_id"]}
    )
    event = another_row(tampering, "escalation_events")
    tampering.execute(insert(metadata.tables["escalation_events"]), event)
    for name, key in (("decisions", row["response_id"]), ("escalation_events", str(event["id"]))):
        tampering.execute(insert(audit_pending), {"table_name": name, "row_key": key})
    assert seal(tampering) == 2
    assert found_in(tampering) == {(Wrong.CHANGED, "decisions", row["response_id"])}


@pytest.mark.parametrize(("table", "key"), [("escalation_events", "no number"), ("no_table", "1")])
def test_what_is_put_in_line_and_cannot_be_there_stops_the_sealing_of_nothing(
    table: str, key: str, tampering: Connection
) -> None:
    row = another_row(tampering, "decisions")
    tampering.execute(insert(metadata.tables["decisions"]), row)
    for name, of_row in ((table, key), ("decisions", row["response_id"])):
        tampering.execute(insert(audit_pending), {"table_name": name, "row_key": of_row})
    assert seal(tampering) == 2
    ((wrong, *place),) = found_in(tampering)
    assert wrong in (Wrong.CHANGED, Wrong.MISSING) and place == [table, key]
