"""Decision records: how one is written, and how they are found again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from proxy.ledger.answers.search import enter
from proxy.ledger.database import insert_new
from proxy.ledger.errors import LedgerError
from proxy.ledger.policies.corpus_versions import naming
from proxy.ledger.records import DecisionRecord
from proxy.ledger.rows import decision_row, record_of
from proxy.ledger.schema import decisions

PAGE = 200
_IDS_AT_ONCE = 500


def new(record: DecisionRecord, store_text: str, in_force: Mapping[str, str]) -> Callable[[Connection], None]:
    """The write that adds a decision, and what its corpus version names (see ``corpus_versions.naming``).

    A repeated decision is left alone; another with its id is an error.
    """
    version = record.versions.get("corpus")
    row = {**decision_row(record), "store_text": store_text, "corpus_version": version}
    name_documents = naming(version, in_force)

    def write(connection: Connection) -> None:
        name_documents(connection)
        added = insert_new(connection, decisions).returning(decisions.c.response_id)
        if connection.execute(added, row).first() is not None:
            enter(connection, row)
            return
        known = connection.execute(by_id(record.response_id)).one()
        if record_of(DecisionRecord, known) != record_of(DecisionRecord, row):
            raise LedgerError(
                f"response id {record.response_id!r} has another decision already; give each answer its own"
            )

    return write


def by_ids(response_ids: Sequence[str]) -> Iterator[Select[Any]]:
    """Queries for these answers, in no order; a query takes so many ids at most."""
    for start in range(0, len(response_ids), _IDS_AT_ONCE):
        some = response_ids[start : start + _IDS_AT_ONCE]
        yield select(decisions).where(decisions.c.response_id.in_(some))


def by_id(response_id: str) -> Select[Any]:
    return select(decisions).where(decisions.c.response_id == response_id)


def last_query(tenant: str, conversation_id: str, customer_id: str | None) -> Select[Any]:
    """The last decision of a conversation; of this customer's alone where one is named."""
    found = select(decisions).where(
        decisions.c.conversation_id == conversation_id, decisions.c.tenant == tenant
    )
    if customer_id is not None:
        found = found.where(decisions.c.customer_id == customer_id)
    return found.order_by(decisions.c.created_at.desc(), decisions.c.response_id).limit(1)


def contexts_query(since: datetime | None, tenant: str | None) -> Select[Any]:
    """When decisions about known customers were made, and in which context, oldest first."""
    found = select(decisions.c.created_at, decisions.c.context).where(decisions.c.customer_id.is_not(None))
    if since is not None:
        found = found.where(decisions.c.created_at >= since)
    if tenant is not None:
        found = found.where(decisions.c.tenant == tenant)
    return found.order_by(decisions.c.created_at)


def customers_query(tenant: str, limit: int) -> Select[Any]:
    """The customers of the newest decisions, the latest first."""
    latest = func.max(decisions.c.created_at)
    return (
        select(decisions.c.customer_id)
        .where(decisions.c.customer_id.is_not(None), decisions.c.tenant == tenant)
        .group_by(decisions.c.customer_id)
        .order_by(latest.desc(), decisions.c.customer_id)
        .limit(limit)
    )


def query(
    *,
    since: datetime | None,
    until: datetime | None,
    decision: str | None,
    mode: str | None,
    tenant: str | None,
    limit: int,
) -> Select[Any]:
    """Decisions in a period, newest first."""
    found = select(decisions)
    if since is not None:
        found = found.where(decisions.c.created_at >= since)
    if until is not None:
        found = found.where(decisions.c.created_at < until)
    if decision is not None:
        found = found.where(decisions.c.decision == decision)
    if mode is not None:
        found = found.where(decisions.c.mode == mode)
    if tenant is not None:
        found = found.where(decisions.c.tenant == tenant)
    return found.order_by(decisions.c.created_at.desc(), decisions.c.response_id).limit(limit)


def page(*, since: datetime, until: datetime, tenant: str, after: Row[Any] | None = None) -> Select[Any]:
    """The next decisions of a period, oldest first; those that follow ``after``, the last one of the page before."""
    order = (decisions.c.created_at, decisions.c.response_id)
    found = select(decisions).where(
        decisions.c.created_at >= since, decisions.c.created_at < until, decisions.c.tenant == tenant
    )
    if after is not None:
        found = found.where(
            or_(
                decisions.c.created_at > after.created_at,
                and_(
                    decisions.c.created_at == after.created_at,
                    decisions.c.response_id > after.response_id,
                ),
            )
        )
    return found.order_by(*order).limit(PAGE)
