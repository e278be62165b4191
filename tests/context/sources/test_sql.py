"""A table of another system, on SQLite and PostgreSQL: read, never written, and never waited for without end."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from support.declared import declared, source_named

from proxy.context.sources.registry import open_source
from proxy.context.sources.source import Asked, Found, SourceError, Surroundings

SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i), :customer_id FROM n",
    "postgresql": "SELECT pg_sleep(30), :customer_id",
}


@pytest.fixture
def tickets(ledger_url: str) -> str:
    """The address of a database with one ticket, of the customer c-1."""
    url = make_url(ledger_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tickets (customer TEXT, is_open BOOLEAN, changed TIMESTAMP)"))
        connection.execute(
            text("INSERT INTO tickets VALUES ('c-1', :yes, :at)"),
            {"yes": True, "at": datetime(2026, 3, 1, 11)},
        )
    engine.dispose()
    return ledger_url


def source(
    database: str, query: str = "SELECT * FROM tickets WHERE customer = :customer_id", **more: str
) -> str:
    options = "".join(f"\n    {key}: {value}" for key, value in more.items())
    return f"""\
sources:
  - name: x
    kind: sql
    database: "{database}"
    query: "{query}"{options}
facts:
  - {{name: ticket, type: bool, max_age: 10m, from: {{x: {{value: is_open, true_at: changed}}}}}}
"""


def problem(ask: Any, text: str, **surroundings: Any) -> str:
    with pytest.raises(SourceError) as raised:
        ask(text, **surroundings)
    return str(raised.value)


def test_a_customers_row_is_found(tickets: str, ask: Any):
    found = ask(source(tickets))["ticket"]
    assert bool(found.value) is True
    assert str(found.true_at).startswith("2026-03-01 11:00:00")
    assert ask(source(tickets), "nobody") == {}


def test_the_id_is_a_value_and_never_part_of_the_query(tickets: str, ask: Any):
    assert ask(source(tickets), "x' OR '1'='1") == {}


def test_the_address_may_be_in_the_environment(tickets: str, ask: Any):
    written = source(tickets).replace(f'"{tickets}"', "{env: TICKETS}")
    assert ask(written, environment={"TICKETS": tickets})["ticket"].value
    assert problem(ask, written) == "needs its database: the environment variable TICKETS is not set"
    assert problem(ask, written, environment={"TICKETS": "tickets"}) == (
        "needs its database: what stands in TICKETS is no database's address"
    )


def test_a_column_that_the_query_does_not_have_is_named(tickets: str, ask: Any):
    found = ask(source(tickets).replace("value: is_open", "value: isopen"))
    assert found["ticket"] == Found(problem='is in no column "isopen" of the query; did you mean "is_open"?')


def test_nothing_is_written(tickets: str, ask: Any):
    for change in (
        "DELETE FROM tickets WHERE customer = :customer_id",
        "UPDATE tickets SET customer = :customer_id",
    ):
        assert problem(ask, source(tickets, change)).startswith("cannot be read: ")
    assert ask(source(tickets))["ticket"].value


def test_a_query_that_fails_does_not_tell_about_the_customer(tickets: str, ask: Any):
    said = problem(ask, source(tickets, "SELECT * FROM nowhere WHERE a = :customer_id"))
    assert said.startswith("cannot be read: ") and "c-1" not in said and "nowhere" not in said


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, ask: Any):
    place = tmp_path / "none.db"
    assert problem(ask, source(f"sqlite:///{place}")) == "cannot be read: there is no such database file"
    assert not place.exists()


def test_a_driver_that_is_not_installed_is_named(ask: Any):
    said = problem(ask, source("oracle+oracledb://h/d"))
    assert said == "needs the driver of oracle+oracledb, which is not installed"


async def test_the_database_gives_up_what_nobody_waits_for(tickets: str):
    slow = SLOW[make_url(tickets).get_backend_name()]
    context = declared(source(tickets, slow, timeout="300ms"))
    opened = open_source(source_named("x", context), context.facts_from("x"), Surroundings())
    asked = Asked("c-1", datetime.now(UTC))
    began = time.monotonic()
    waiting = [asyncio.create_task(opened.read(asked)) for _ in range(5)]  # one more than there are threads
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    await opened.close()
    assert all(isinstance(one, SourceError) for one in ended)
    assert time.monotonic() - began < 10
