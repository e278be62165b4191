"""The turns of ``/v1/responses``: what was asked and what was delivered, so that a request can go on from an answer.

The provider would go on from the text that it keeps, which is the one before it was repaired.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Select, delete, literal, select

from proxy.ledger.database import Read, insert_new
from proxy.ledger.records import Turn
from proxy.ledger.rows import record_of, turn_row
from proxy.ledger.schema import turns
from proxy.ledger.texts import StoreText
from proxy.ledger.writer import Submit


class TurnTable:
    """Turns are kept word for word or not at all: a model that is given masked ones goes on from something else.

    What is kept is durable. All raise LedgerError. ``owner`` is a digest of who may go on from a turn.
    """

    def __init__(self, read: Read, submit: Submit, store_text: StoreText) -> None:
        self._read = read
        self._submit = submit
        self.are_kept = store_text is StoreText.FULL

    def keep(self, turn: Turn) -> None:
        """Make a turn durable, where turns are kept."""
        if self.are_kept:
            self._submit(new(turn)).result()

    def get(self, response_id: str, owner: str) -> Turn | None:
        rows = self._read(by_id(response_id, owner))
        return record_of(Turn, rows[0]) if rows else None

    def conversation(self, response_id: str, owner: str) -> list[Turn]:
        """A turn and those before it, oldest first; empty where it is not kept, or is another's.

        Where the oldest one has a ``previous_id``, what came before it is gone.
        """
        return [record_of(Turn, row) for row in self._read(conversation_query(response_id, owner))]

    def forget(self, response_id: str, owner: str) -> bool:
        """Remove a turn; False where there was none of this owner's."""
        return self._submit(removal(response_id, owner)).result()


def new(turn: Turn) -> Callable[[Connection], None]:
    """The write that adds a turn; one that is there already is left alone."""
    row = turn_row(turn)

    def write(connection: Connection) -> None:
        connection.execute(insert_new(connection, turns), row)

    return write


def by_id(response_id: str, owner: str) -> Select[Any]:
    return select(turns).where(turns.c.response_id == response_id, turns.c.owner == owner)


def conversation_query(response_id: str, owner: str) -> Select[Any]:
    """A turn and those that it goes on from, oldest first."""
    last = select(turns, literal(0).label("back")).where(
        turns.c.response_id == response_id, turns.c.owner == owner
    )
    found = last.cte("conversation", recursive=True)
    before = select(turns, (found.c.back + 1).label("back")).join(
        found, turns.c.response_id == found.c.previous_id
    )
    found = found.union_all(before.where(turns.c.owner == owner))
    return select(found).order_by(found.c.back.desc())


def removal(response_id: str, owner: str) -> Callable[[Connection], bool]:
    """The write that removes one turn, and says whether it was there."""

    def write(connection: Connection) -> bool:
        own = delete(turns).where(turns.c.response_id == response_id, turns.c.owner == owner)
        return connection.execute(own).rowcount == 1

    return write
