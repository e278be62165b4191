"""What is sealed and what is not is declared for every table, and every sealed one has what that takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from proxy.ledger.audit.sealed import NOT_SEALED, SEALED
from proxy.ledger.database import connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.migrations import upgrade
from proxy.ledger.schema import APPEND_ONLY, metadata


def test_every_table_is_sealed_or_has_a_reason_not_to_be() -> None:
    assert set(metadata.tables) == {*SEALED, *NOT_SEALED}
    assert not set(SEALED) & set(NOT_SEALED)
    assert all(NOT_SEALED.values())


def test_what_is_sealed_never_changes_in_its_place() -> None:
    assert set(SEALED) <= set(APPEND_ONLY)


@pytest.mark.parametrize("name", SEALED)
def test_what_is_declared_of_a_table_is_so(name: str) -> None:
    table, sealed = metadata.tables[name], SEALED[name]
    assert sealed.key == tuple(column.name for column in table.primary_key)
    named = (sealed.written_at, sealed.told_at, sealed.actor)
    assert all(column in table.c for column in named if column is not None)


def test_every_sealed_table_has_its_trigger(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    engine = connect(parsed(url))
    with engine.connect() as connection:
        triggers = text(
            "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_audited'"
        )
        noted = {row.tbl_name: row.sql for row in connection.execute(triggers)}
    engine.dispose()
    assert set(noted) == set(SEALED)
    for name, sealed in SEALED.items():
        assert all(f"NEW.{column}" in noted[name] for column in sealed.key)
