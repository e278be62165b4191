"""Copies of requests that candidates were asked, each beside the answer that its customer got."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from proxy.ledger.database import Read, insert_new
from proxy.ledger.masking import mask
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.rows import record_of, storable
from proxy.ledger.schema import shadow_answers
from proxy.ledger.texts import StoreText
from proxy.ledger.writer import Submit


@dataclass(frozen=True, slots=True)
class Side:
    """What came of a request on one side. ``decision`` is ``error`` where there was no answer.

    ``unsupported``: something in what the model said was contradicted or unsupported; ``ms`` is until it was decided.
    """

    decision: str
    verified: bool
    confidence: float | None
    unsupported: bool
    ms: float


@dataclass(frozen=True, slots=True)
class ShadowAnswer:
    """``response_id`` is the answer that the customer got; ``text`` what the candidate would have had delivered."""

    response_id: str
    name: str
    changes: str
    at: datetime
    conversation: str
    live: Side
    candidate: Side
    text: str | None = None
    tenant: str = DEFAULT_TENANT


class Shadows:
    """Made by ``Ledger.shadows``. Both methods raise LedgerError."""

    def __init__(self, read: Read, submit: Submit, level: StoreText) -> None:
        self._read, self._submit, self._level = read, submit, level

    def add(self, answer: ShadowAnswer) -> None:
        """Make a pair durable, with as much text as is kept; the same again is one."""
        text = {StoreText.FULL: answer.text, StoreText.MASKED: answer.text and mask(answer.text)}.get(
            self._level
        )
        row = {**_row(answer), "text": text, "store_text": self._level}

        def write(connection: Connection) -> None:
            connection.execute(insert_new(connection, shadow_answers), row)

        self._submit(write).result()

    def listed(
        self, tenant: str, name: str | None = None, *, since: datetime | None = None, limit: int = 100_000
    ) -> list[ShadowAnswer]:
        """The pairs of one candidate, or of all, the latest first."""
        found = select(shadow_answers).where(shadow_answers.c.tenant == tenant)
        if name is not None:
            found = found.where(shadow_answers.c.name == name)
        if since is not None:
            found = found.where(shadow_answers.c.at >= since)
        order = shadow_answers.c.at.desc(), shadow_answers.c.response_id
        return [_answer(row) for row in self._read(found.order_by(*order).limit(limit))]


def _row(answer: ShadowAnswer) -> dict[str, Any]:
    return {name: value if name == "at" else storable(value) for name, value in asdict(answer).items()}


def _answer(row: Row[Any]) -> ShadowAnswer:
    kept = record_of(ShadowAnswer, row)
    return replace(kept, live=Side(**row.live), candidate=Side(**row.candidate))
