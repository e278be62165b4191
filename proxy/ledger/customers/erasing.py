"""Erases one customer: cases and notes about them, contacts, promises, reviews and turns go; of answers and failures
stays what nobody is known by.

Rows are never changed in their place, so that a decision is removed and put back blank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, select

from proxy.ledger.answers.search import put_back
from proxy.ledger.audit.removals import Rule, remove
from proxy.ledger.audit.removals import replace as replace_rows
from proxy.ledger.failures.erasing import erase_failures
from proxy.ledger.recall.desk_sentences import said_in_cases
from proxy.ledger.recall.sentences import forget_unsaid, said_in
from proxy.ledger.records import DecisionRecord
from proxy.ledger.references import erased_name
from proxy.ledger.rows import decision_row, record_of
from proxy.ledger.schema import (
    contacts,
    corrections,
    decisions,
    escalations,
    failures,
    policy_notes,
    promises,
    recall_findings,
    review_items,
    shadow_answers,
    turns,
)
from proxy.ledger.texts import StoreText, decision_as_kept
from proxy.ledger.writer import LARGEST_BITE

_ROWS_THAT_GO: tuple[Table, ...] = (escalations, contacts, promises, recall_findings, corrections)


def kept_query(tenant: str, customer_id: str) -> Select[Any]:
    """How much is kept of a customer, by what it is."""
    own_answers = _own(select(decisions.c.response_id), decisions, tenant, customer_id)
    own_cases = _own(select(escalations.c.ref), escalations, tenant, customer_id)
    notes = select(func.count()).select_from(policy_notes).where(policy_notes.c.ref.in_(own_cases))
    counted = {
        "answers": _count(decisions, tenant, customer_id),
        "turns": _of_answers(turns, own_answers),
        "copies": _of_answers(shadow_answers, own_answers),
        "reviews": _reviews(own_answers, own_cases),
        "policy_notes": notes,  # they go with their cases
        **{table.name: _count(table, tenant, customer_id) for table in (*_ROWS_THAT_GO, failures)},
    }
    return select(*(query.scalar_subquery().label(name) for name, query in counted.items()))


def erasure(tenant: str, customer_id: str) -> Callable[[Connection], int]:
    """The write that erases a bite of a customer's answers; how many they were. With the last bite all else goes."""

    def write(connection: Connection) -> int:
        own = _own(select(decisions.c.response_id), decisions, tenant, customer_id)
        ids = connection.execute(own.limit(LARGEST_BITE)).scalars().all()
        for table in (turns, review_items, shadow_answers):
            remove(connection, table, table.c.response_id.in_(ids), Rule.ERASURE)
        said = said_in(connection, ids)
        these = decisions.c.response_id.in_(ids)
        replace_rows(connection, decisions, these, _blank, put_back, Rule.ERASURE)
        forget_unsaid(connection, said)
        erase_failures(connection, tenant, customer_id)
        if len(ids) < LARGEST_BITE:
            own_cases = _own(select(escalations.c.ref), escalations, tenant, customer_id)
            remove(connection, review_items, review_items.c.case_ref.in_(own_cases), Rule.ERASURE)
            said = said_in_cases(connection, own_cases)
            for table in _ROWS_THAT_GO:
                own_rows = (table.c.customer_id == customer_id) & (table.c.tenant == tenant)
                remove(connection, table, own_rows, Rule.ERASURE)
            forget_unsaid(connection, said)
        return len(ids)

    return write


def _blank(row: Row[Any]) -> dict[str, Any]:
    """What reports count: when, on which route, what was done, how sure. Clients keep the id, so it is a new one."""
    record = replace(
        record_of(DecisionRecord, row),
        response_id=erased_name(),
        conversation_id=None,
        customer_id=None,
        trace_id=None,
        policy_date=None,
        facts=[],
        escalation_ref=None,
        request=None,
        context=None,
        rules=None,
    )
    kept = decision_as_kept(record, StoreText.NONE)
    return {**decision_row(kept), "store_text": StoreText.NONE, "corpus_version": row.corpus_version}


def _own(query: Select[Any], table: Table, tenant: str, customer_id: str) -> Select[Any]:
    return query.where(table.c.customer_id == customer_id, table.c.tenant == tenant)


def _count(table: Table, tenant: str, customer_id: str) -> Select[Any]:
    return _own(select(func.count()).select_from(table), table, tenant, customer_id)


def _reviews(answers: Select[Any], cases: Select[Any]) -> Select[Any]:
    """Of answers, and of what people answered to cases."""
    of_these = review_items.c.response_id.in_(answers) | review_items.c.case_ref.in_(cases)
    return select(func.count()).select_from(review_items).where(of_these)


def _of_answers(table: Table, answers: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(table).where(table.c.response_id.in_(answers))
