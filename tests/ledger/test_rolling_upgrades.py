"""Upgrades without downtime: old and new code work on one schema, whichever of them comes first.

Every migration is held to the rule that makes this possible: it only adds, and what it adds may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import structlog
from alembic import command
from alembic.operations import AbstractOperations, Operations, ops
from alembic.script import ScriptDirectory
from conftest import StartProxy

from proxy.ledger.database import WRITES, connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import Taken
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.migrations import VERSION_TABLE, _config, current_revision, upgrade
from proxy.ledger.records import DecisionRecord, EscalationRecord, Turn

NOW = datetime.now(UTC)
NEXT = "r9999"
# What a newer release may do: tables, columns and indexes that this one knows nothing of.
ADDED = (
    "ALTER TABLE decisions ADD COLUMN mood TEXT",
    "ALTER TABLE escalations ADD COLUMN urgency INTEGER NOT NULL DEFAULT 3",
    "CREATE TABLE reviews (id INTEGER PRIMARY KEY, ref TEXT REFERENCES escalations (ref) ON DELETE CASCADE)",
    "CREATE INDEX ix_decisions_mood ON decisions (mood)",
)
FILLED_BY_TRIGGERS = ("desk_cases", "desk_news", "audit_pending")
HEAD = ScriptDirectory.from_config(_config()).get_current_head()
REVISIONS = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]
EARLIER = REVISIONS[:-1]


@contextmanager
def writing(url: str) -> Iterator[sa.Connection]:
    engine = connect(parsed(url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        yield connection
    engine.dispose()


def upgrade_as_a_newer_release(url: str, *statements: str) -> None:
    with writing(url) as connection:
        for statement in (*statements, f"UPDATE {VERSION_TABLE} SET version_num = '{NEXT}'"):
            connection.execute(sa.text(statement))


def migrate(connection: sa.Connection, revision: str) -> None:
    command.upgrade(_config(connection), revision)


# This release's code, on the tables of the next one


def test_a_running_replica_goes_on_while_a_newer_release_upgrades(
    open_ledger: Callable[..., Ledger], ledger_url: str
) -> None:
    ledger = open_ledger()
    ledger.record(decision("before"))
    upgrade_as_a_newer_release(ledger_url, *ADDED)
    use_all_of(ledger)
    assert {found.response_id for found in ledger.answers()} == {"before", "after"}


def test_a_replica_of_the_release_before_starts_on_the_newer_tables(tableless_url: str) -> None:
    """A pod that is moved in the middle of an upgrade, or the release that is gone back to."""
    upgrade(tableless_url)
    upgrade_as_a_newer_release(tableless_url, *ADDED)
    with structlog.testing.capture_logs() as logged, Ledger.open(tableless_url) as ledger:
        use_all_of(ledger)
    assert upgrade(tableless_url) == NEXT == current_revision(tableless_url)
    assert [line["found"] for line in logged if line["event"] == "ledger of a newer release"] == [NEXT]


def test_an_old_replica_answers_and_stays_ready_while_a_newer_release_upgrades(
    tableless_url: str, start_proxy: StartProxy
) -> None:
    old = start_proxy(database_url=tableless_url)
    upgrade_as_a_newer_release(tableless_url, *ADDED)
    assert httpx.get(f"{old.url}/readyz").status_code == 200
    old.provider.answers("You must apply before you travel.")
    assert old.ask("When must I apply for the bereavement fare?").headers["x-cxai-verified"] == "yes"
    with old.ledger() as ledger:
        assert len(ledger.answers()) == 1


def use_all_of(ledger: Ledger) -> None:
    """Everything that a running proxy does with its ledger."""
    ledger.ping()
    ledger.ping_writer()
    content_hash = f"{1:064x}"
    ledger.keep("refunds", "refunds.md", content_hash, b"Refunds take 14 days.")
    assert ledger.last_good("refunds.md") == b"Refunds take 14 days."
    ledger.record(decision("after"), {"refunds": content_hash})
    assert ledger.corpus_version("v1") == {"refunds": content_hash}
    case = ledger.escalate(EscalationRecord("CX-1", "after", "c1", "why", NOW))
    assert ledger.desk.take(Taken(case.ref, Step.CLOSE, "someone")).status == "closed"
    ledger.turns.keep(Turn("after", "me", NOW, None, [], {}))
    assert ledger.turns.conversation("after", "me")
    assert ledger.spending.spend("judge", "2026-03", requests=1, micros=5)
    assert ledger.observe_report() == []
    assert ledger.purge(NOW - timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("taken", "hindrance"),
    [
        ("ALTER TABLE decisions DROP COLUMN question", r"decisions\.question is gone"),
        ("ALTER TABLE turns RENAME TO answers_of_responses", "turns is gone"),
        ("ALTER TABLE decisions RENAME COLUMN model TO model_name", r"decisions\.model is gone"),
    ],
)
def test_tables_without_what_this_release_needs_are_refused(
    taken: str, hindrance: str, open_ledger: Callable[..., Ledger], ledger_url: str
) -> None:
    running = open_ledger()
    upgrade_as_a_newer_release(ledger_url, taken)
    with pytest.raises(LedgerError, match=hindrance):
        running.ping()
    with pytest.raises(
        LedgerError, match=f"a newer release has upgraded it past {HEAD}, to {NEXT}.*{hindrance}"
    ):
        Ledger.open(ledger_url)
    assert current_revision(ledger_url) == NEXT


def test_a_column_that_this_release_would_have_to_give_is_refused(postgres_url: str) -> None:
    """PostgreSQL only: SQLite takes no such column."""
    upgrade(postgres_url)
    upgrade_as_a_newer_release(postgres_url, "ALTER TABLE turns ADD COLUMN tenant TEXT NOT NULL")
    with pytest.raises(LedgerError, match=r"turns\.tenant must be given"):
        Ledger.open(postgres_url)


# The code of each earlier revision, on this release's tables


@pytest.mark.parametrize("revision", EARLIER)
def test_the_code_of_an_earlier_revision_writes_and_reads_todays_tables(
    revision: str, tableless_url: str
) -> None:
    """The tables as that revision knew them are read from a database that stands there; then comes today's upgrade."""
    old = sa.MetaData()
    with writing(tableless_url) as connection:
        migrate(connection, revision)
        old.reflect(connection)
    tables = [table for table in old.sorted_tables if table.name not in (VERSION_TABLE, *FILLED_BY_TRIGGERS)]
    with writing(tableless_url) as connection:
        for table in tables:
            connection.execute(table.insert().values(example_row(table, "old row")))
    assert upgrade(tableless_url) == HEAD
    with writing(tableless_url) as connection:
        for table in tables:
            connection.execute(table.insert().values(example_row(table, "new row")))
            assert len(connection.execute(sa.select(table)).all()) == 2
        for table in reversed(tables):  # retention
            connection.execute(table.delete())
            assert connection.execute(sa.select(table)).all() == []


def example_row(table: sa.Table, name: str) -> dict[str, Any]:
    """A row of a program that knows just these columns; its texts are all equal, so that references hold."""
    json = {"name": name}
    examples = {str: name, bytes: name.encode(), bool: True, int: 1, float: 0.5, datetime: NOW, object: json}
    given = [column for column in table.columns if column.name != "id" or column.type.python_type is str]
    row = {column.name: examples[column.type.python_type] for column in given}
    numbered = {column.name for column in given if column.primary_key and column.type.python_type is int}
    return row | dict.fromkeys(numbered, 1 if name == "old row" else 2)


# The rule for migrations


def test_every_migration_only_adds_what_earlier_code_need_not_know(
    monkeypatch: pytest.MonkeyPatch, tableless_url: str
) -> None:
    for revision in REVISIONS:
        with writing(tableless_url) as connection:
            done = recorded(monkeypatch, connection, revision)
        assert done, f"{revision} does nothing that was seen"
        assert breaches(done) == [], revision


def recorded(
    monkeypatch: pytest.MonkeyPatch, connection: sa.Connection, revision: str
) -> list[ops.MigrateOperation]:
    """Runs a migration, and returns what it asked Alembic to do."""
    done: list[ops.MigrateOperation] = []
    invoke = AbstractOperations.invoke

    def noting(self: Operations, operation: ops.MigrateOperation) -> Any:
        done.append(operation)
        return invoke(self, operation)

    with monkeypatch.context() as patched:
        patched.setattr(AbstractOperations, "invoke", noting)
        migrate(connection, revision)
    return done


def breaches(done: list[ops.MigrateOperation]) -> list[str]:
    """What of a migration would break code of the release before, which runs beside it."""
    own = {operation.table_name for operation in done if isinstance(operation, ops.CreateTableOp)}
    return [f"{type(operation).__name__}: {why}" for operation in done if (why := breach(operation, own))]


def breach(operation: ops.MigrateOperation, own: set[str]) -> str | None:
    match operation:
        case ops.CreateTableOp():
            # Code that does not know the table still deletes what it refers to.
            blocking = [key for key in foreign_keys(operation) if key.ondelete not in ("CASCADE", "SET NULL")]
            outside = [
                key for key in blocking if key.elements[0].target_fullname.partition(".")[0] not in own
            ]
            return (
                f"{operation.table_name} keeps rows of older tables from being removed" if outside else None
            )
        case ops.AddColumnOp(column=column):
            left_out = column.nullable or column.server_default is not None
            return None if left_out else f"{column.name} can be empty nowhere and has no default"
        case ops.CreateIndexOp():
            held = operation.unique and operation.table_name not in own
            return "rows of earlier code could be refused" if held else None
        case ops.ExecuteSQLOp():
            sql = str(operation.sqltext)
            harmless = guards_only(sql, own) or follows_only(sql, own) or queues_only(sql)
            return None if harmless else "SQL that is no guard of a new table, and fills none"
    return "it changes or takes away what is there"


def foreign_keys(operation: ops.CreateTableOp) -> list[sa.ForeignKeyConstraint]:
    return [part for part in operation.columns if isinstance(part, sa.ForeignKeyConstraint)]


def guards_only(sql: str, own: set[str]) -> bool:
    """Whether this makes an append-only trigger, or its function, for a table of the same migration."""
    trigger = re.match(r"CREATE TRIGGER (\w+)_append_only BEFORE UPDATE ON (\w+) ", sql)
    function = re.match(r"CREATE OR REPLACE FUNCTION (\w+)_append_only\(\) RETURNS trigger ", sql)
    found = trigger or function
    return found is not None and set(found.groups()) <= own and not re.search(r"\b(ALTER|DROP|DELETE)\b", sql)


def follows_only(sql: str, own: set[str]) -> bool:
    """Whether this fills tables of the same migration, now or by a trigger after others' inserts, and no other."""
    filled = re.match(r"INSERT INTO (\w+) .*SELECT ", sql)
    trigger = re.match(r"CREATE TRIGGER (\w+)_follows AFTER INSERT ON \w+ ", sql)
    function = re.match(r"CREATE OR REPLACE FUNCTION (\w+)_follows\(\) RETURNS trigger ", sql)
    found = filled or trigger or function
    written = {
        table for pair in re.findall(r"INSERT INTO (\w+)|UPDATE (\w+) SET", sql) for table in pair if table
    }
    own_alone = found is not None and {found[1]} | written <= own
    return own_alone and not re.search(r"\b(ALTER|DROP|DELETE|RAISE)\b", sql)


def queues_only(sql: str) -> bool:
    """Whether this has rows wait to be sealed, and does nothing else: who writes them does not notice."""
    into = r"INSERT INTO audit_pending \(table_name, row_key\) "
    there = rf"{into}SELECT '(\w+)', [\w. |()]+ FROM \1 WHERE NOT EXISTS \(SELECT 1 FROM audit_pending WHERE [^;]+"
    noting = rf"{into}VALUES \('\w+', [\w. |()]+\);"
    sqlite = rf"CREATE TRIGGER \w+_audited AFTER INSERT ON \w+ BEGIN {noting} END"
    head = r"CREATE OR REPLACE FUNCTION \w+_audited\(\) RETURNS trigger LANGUAGE plpgsql"
    function = rf"{head} AS \$\$ BEGIN {noting} RETURN NULL; END \$\$"
    trigger = r"CREATE TRIGGER (\w+)_audited AFTER INSERT ON \1 FOR EACH ROW EXECUTE FUNCTION \1_audited\(\)"
    return any(re.fullmatch(one, sql) for one in (there, sqlite, function, trigger))


@pytest.mark.parametrize(
    "operation",
    [
        ops.DropTableOp("turns"),
        ops.DropColumnOp("decisions", "question"),
        ops.DropIndexOp("ix_decisions_created_at"),
        ops.DropConstraintOp("fk_escalation_events_ref", "escalation_events"),
        ops.RenameTableOp("turns", "answers"),
        ops.AlterColumnOp("decisions", "question", modify_name="asked"),
        ops.AlterColumnOp("decisions", "question", modify_nullable=False),
        ops.AddColumnOp("decisions", sa.Column("tenant", sa.Text, nullable=False)),
        ops.CreateIndexOp("ux", "decisions", ["trace_id"], unique=True),
        ops.CreateUniqueConstraintOp("uq", "decisions", ["trace_id"]),
        ops.CreateCheckConstraintOp("ck", "decisions", "confidence > 0"),
        ops.CreateForeignKeyOp("fk", "decisions", "escalations", ["escalation_ref"], ["ref"]),
        ops.BulkInsertOp(sa.table("decisions"), []),
        ops.ExecuteSQLOp("ALTER TABLE decisions DROP COLUMN question"),
        ops.ExecuteSQLOp(
            "CREATE TRIGGER decisions_append_only BEFORE UPDATE ON decisions BEGIN SELECT 1; END"
        ),
        ops.ExecuteSQLOp("INSERT INTO turns (id) SELECT response_id FROM decisions"),
        ops.ExecuteSQLOp(
            "CREATE TRIGGER decisions_follows AFTER INSERT ON turns BEGIN UPDATE decisions SET model = 'x'; END"
        ),
        ops.ExecuteSQLOp("CREATE TRIGGER turns_audited AFTER INSERT ON turns BEGIN DELETE FROM turns; END"),
        ops.CreateTableOp(
            "reviews",
            [sa.Column("ref", sa.Text), sa.ForeignKeyConstraint(["ref"], ["escalations.ref"], name="fk")],
        ),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_the_rule_finds_what_earlier_code_could_not_bear(operation: ops.MigrateOperation) -> None:
    assert len(breaches([operation])) == 1


@pytest.mark.parametrize(
    "operation",
    [
        ops.AddColumnOp("decisions", sa.Column("mood", sa.Text)),
        ops.AddColumnOp("decisions", sa.Column("tenant", sa.Text, nullable=False, server_default="one")),
        ops.CreateIndexOp("ix", "decisions", ["trace_id"]),
    ],
)
def test_the_rule_lets_through_what_may_be_left_out(operation: ops.MigrateOperation) -> None:
    assert breaches([operation]) == []


def decision(response_id: str) -> DecisionRecord:
    versions = {"corpus": "v1"}
    return DecisionRecord(response_id, NOW, "r", "enforce", "deliver", True, "gpt-4o", versions=versions)
