"""What retention removes, as writes small enough not to hold up the answers that are recorded meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from proxy.ledger.audit.removals import Rule, remove
from proxy.ledger.customers.contacts import CLOSING, HOLDING, OF_STATUS
from proxy.ledger.desk.cases import current_status
from proxy.ledger.desk.lifecycle import OVER
from proxy.ledger.failures.records import OPEN
from proxy.ledger.recall.desk_sentences import said_in_cases
from proxy.ledger.recall.records import CorrectionState
from proxy.ledger.recall.sentences import forget_unsaid, said_in
from proxy.ledger.schema import (
    canary_conversations,
    contacts,
    corpus_documents,
    corrections,
    decisions,
    document_placements,
    document_versions,
    escalation_events,
    escalations,
    failure_states,
    failures,
    promises,
    recalls,
    rehearsal_reports,
    review_givings,
    review_items,
    shadow_answers,
    turns,
)
from proxy.ledger.writer import LARGEST_BITE

# A replica may judge by a version for a moment after another one has kept its successor.
_REPLICA_LAG = timedelta(days=1)


def closed_cases(before: datetime) -> Callable[[Connection], int]:
    """Remove cases that are over and whose last entry is older than ``before``, with their timelines.

    With them goes what other channels told of their status: without its case, what once held it would hold it for good.
    """
    last_entry = (
        select(func.max(escalation_events.c.at))
        .where(escalation_events.c.ref == escalations.c.ref)
        .correlate(escalations)
        .scalar_subquery()
    )
    old = select(escalations.c.ref).where(current_status().in_(sorted(OVER)), last_entry < before)

    def write(connection: Connection) -> int:
        chosen = connection.execute(old.limit(LARGEST_BITE)).scalars().all()
        of_status = contacts.c.ref.in_(chosen) & contacts.c.kind.in_(OF_STATUS)
        said = said_in_cases(connection, chosen)
        remove(connection, contacts, of_status, Rule.RETENTION)
        remove(connection, escalations, escalations.c.ref.in_(chosen), Rule.RETENTION)
        forget_unsaid(connection, said)
        return len(chosen)

    return write


def old_decisions(before: datetime) -> Callable[[Connection], int]:
    """Remove decisions older than ``before`` that no remaining case needs."""
    case = select(escalations.c.ref).where(escalations.c.ref == decisions.c.escalation_ref)
    free = or_(decisions.c.escalation_ref.is_(None), ~case.exists())
    old = select(decisions.c.response_id).where(decisions.c.created_at < before, free)

    def write(connection: Connection) -> int:
        chosen = connection.execute(old.limit(LARGEST_BITE)).scalars().all()
        said = said_in(connection, chosen)
        remove(connection, decisions, decisions.c.response_id.in_(chosen), Rule.RETENTION)
        forget_unsaid(connection, said)
        return len(chosen)

    return write


def old_turns(before: datetime) -> Callable[[Connection], int]:
    """Remove turns older than ``before``; a request that would go on from what is gone is refused."""
    return _removal(turns.c.response_id, select(turns.c.response_id).where(turns.c.created_at < before))


def old_promises(before: datetime) -> Callable[[Connection], int]:
    """Remove promises made before ``before``, unless they are due later."""
    past = or_(promises.c.due_at.is_(None), promises.c.due_at < before)
    return _removal(promises.c.id, select(promises.c.id).where(promises.c.created_at < before, past))


def old_contacts(before: datetime) -> Callable[[Connection], int]:
    """Remove contacts from before ``before``, but not those of a case or promise that stays, nor what keeps one open.

    The oldest go first: what closes a matter must not go before what opened it.
    """
    case = select(escalations.c.ref).where(escalations.c.ref == contacts.c.ref)
    promise = select(promises.c.id).where(promises.c.id == contacts.c.ref)
    over = contacts.c.kind.not_in(HOLDING) | _closed_later().exists()
    old = select(contacts.c.id).where(contacts.c.at < before, ~case.exists(), ~promise.exists(), over)
    return _removal(contacts.c.id, old.order_by(contacts.c.at))


def old_reviews(before: datetime) -> Callable[[Connection], int]:
    """Remove review items added before ``before`` that nobody was given since, with all that was said of them."""
    since = select(review_givings.c.id).where(
        review_givings.c.item_id == review_items.c.id, review_givings.c.at >= before
    )
    old = select(review_items.c.id).where(review_items.c.created_at < before, ~since.exists())
    return _removal(review_items.c.id, old)


def old_failures(before: datetime) -> Callable[[Connection], int]:
    """Remove failures from before ``before`` that are not open; an open one stays until its customer is whole."""
    over = failure_states.c.status.not_in([str(one) for one in OPEN])
    old = select(failure_states.c.failure_id).where(failure_states.c.occurred_at < before, over)
    return _removal(failures.c.id, old)


def old_recalls(before: datetime) -> Callable[[Connection], int]:
    """Remove recalls from before ``before`` with what they found, unless a correction still waits for its customer."""
    waits = corrections.c.state.in_([CorrectionState.APPROVED, CorrectionState.DOUBTFUL])
    waiting = select(corrections.c.id).where(corrections.c.ref == recalls.c.ref, waits)
    old = select(recalls.c.ref).where(recalls.c.at < before, ~waiting.exists())
    return _removal(recalls.c.ref, old)


def old_rehearsal_reports(before: datetime) -> Callable[[Connection], int]:
    """Remove reports from before ``before``; what they predicted stays."""
    old = select(rehearsal_reports.c.id).where(rehearsal_reports.c.at < before)
    return _removal(rehearsal_reports.c.id, old)


def quiet_conversations(before: datetime) -> Callable[[Connection], int]:
    """Remove what conversations of canaries came to, where nothing was said in them since ``before``."""
    own = canary_conversations.c
    old = select(own.conversation).where(own.last_at < before)
    return _removal(own.conversation, old)


def old_shadows(before: datetime) -> Callable[[Connection], int]:
    """Remove what candidates made of copies from before ``before``."""
    own = shadow_answers.c
    return _removal(own.response_id, select(own.response_id).where(own.at < before))


def _closed_later() -> Select[Any]:
    """What closes the matter that the row of ``contacts`` at hand holds open."""
    later = contacts.alias("later")
    same_matter = or_(later.c.ref.is_(None), later.c.ref == contacts.c.ref)
    return (
        select(later.c.id)
        .where(later.c.tenant == contacts.c.tenant, later.c.customer_id == contacts.c.customer_id)
        .where(later.c.kind.in_(CLOSING), later.c.at > contacts.c.at, same_matter)
        .correlate(contacts)
    )


def unused_documents(before: datetime) -> Callable[[Connection], None]:
    """Remove document versions replaced before ``before`` and before every remaining decision."""

    def write(connection: Connection) -> None:
        oldest = connection.execute(select(func.min(decisions.c.created_at))).scalar()
        replaced = _placements_replaced_before(min(before, oldest or before) - _REPLICA_LAG)
        remove(connection, document_placements, replaced, Rule.RETENTION)
        undecided = _corpus_versions_without_decisions(before - _REPLICA_LAG)
        remove(connection, corpus_documents, undecided, Rule.RETENTION)
        unnamed = [
            ~select(name).where(name == document_versions.c.content_hash).exists()
            for name in (document_placements.c.content_hash, corpus_documents.c.content_hash)
        ]
        remove(connection, document_versions, and_(*unnamed), Rule.RETENTION)

    return write


def _corpus_versions_without_decisions(instant: datetime) -> ColumnElement[bool]:
    decided = select(decisions.c.corpus_version).where(
        decisions.c.corpus_version == corpus_documents.c.corpus_version
    )
    return (corpus_documents.c.kept_at < instant) & ~decided.exists()


def _placements_replaced_before(instant: datetime) -> ColumnElement[bool]:
    replaced_at = func.lead(document_placements.c.kept_at).over(
        partition_by=document_placements.c.path, order_by=document_placements.c.id
    )
    history = select(document_placements.c.id, replaced_at.label("replaced_at")).subquery()
    replaced = select(history.c.id).where(history.c.replaced_at < instant)
    return document_placements.c.id.in_(replaced)


def _removal(key: Any, old: Select[Any]) -> Callable[[Connection], int]:
    def write(connection: Connection) -> int:
        chosen = connection.execute(old.limit(LARGEST_BITE)).scalars().all()
        remove(connection, key.table, key.in_(chosen), Rule.RETENTION)
        return len(chosen)

    return write


# Besides decisions, which go last: what stays of the others keeps them.
KINDS = (
    closed_cases,
    old_turns,
    old_promises,
    old_contacts,
    old_reviews,
    old_failures,
    old_recalls,
    old_rehearsal_reports,
    quiet_conversations,
    old_shadows,
)
