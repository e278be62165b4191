"""How reviews are found: what may be given to whom, and what was said in those of a period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, case, func, or_, select

from proxy.ledger.reviews.records import (
    CASE,
    FINISHED,
    FIRST,
    SAMPLED,
    SEEDED,
    Review,
    ReviewEnd,
    ReviewGiving,
    ReviewItem,
    ReviewJudgement,
)
from proxy.ledger.rows import record_of
from proxy.ledger.schema import (
    decisions,
    desk_answers,
    escalation_events,
    review_ends,
    review_givings,
    review_items,
    review_judgements,
)

HELD_FOR = timedelta(minutes=30)  # who has not finished by then keeps an item from nobody else
LONGEST_SHIFT = timedelta(hours=16)
OFFERED_FOR = timedelta(days=7)  # a real item; what is older by then stays unreviewed
OFFERED = (CASE, SAMPLED)  # real ones that are given to people
CANDIDATES = 100  # real ones, and as many seeded ones, among which is chosen

Execute = Callable[[Select[Any]], Sequence[Row[Any]]]


def candidates(tenant: str, reviewer: str, now: datetime, *, seeded: bool) -> Select[Any]:
    """Items that may be given to a person, with their ``rounds``: how many reviews they have or are in hand.

    Not an answer that they had or wrote, nor a person's to a case with which they did something; nor what has all its
    reviews, or no text any more. A case's first review belongs to who claims it. Of real ones those that others have
    begun come first, then the oldest; seeded ones come in any order.
    """
    rounds = rounds_now(now)
    theirs = review_givings.c.reviewer == reviewer
    had = select(review_givings.c.item_id).where(theirs)
    answers_had = (
        select(review_items.c.response_id)
        .join(review_givings, review_givings.c.item_id == review_items.c.id)
        .where(theirs, review_items.c.response_id.is_not(None))
        .correlate(None)
    )
    text = select(decisions.c.response_id).where(decisions.c.response_id == review_items.c.response_id)
    persons = review_items.c.author.is_not(None)
    persons_text = select(desk_answers.c.id).where(persons, desk_answers.c.ref == review_items.c.case_ref)
    worked = select(escalation_events.c.id).where(
        persons, escalation_events.c.ref == review_items.c.case_ref, escalation_events.c.actor == reviewer
    )
    found = select(review_items, rounds.label("rounds")).where(
        review_items.c.tenant == tenant,
        review_items.c.id.not_in(had),
        or_(review_items.c.response_id.is_(None), review_items.c.response_id.not_in(answers_had)),
        or_(review_items.c.author.is_(None), review_items.c.author != reviewer),
        or_(review_items.c.response_id.is_(None), text.exists(), persons_text.exists()),
        ~worked.exists(),
    )
    if seeded:
        return found.where(review_items.c.kind.in_(SEEDED)).order_by(func.random()).limit(CANDIDATES)
    begun = or_(review_items.c.kind != CASE, rounds >= 1)
    recent = review_items.c.created_at > now - OFFERED_FOR
    real = found.where(review_items.c.kind.in_(OFFERED), recent, rounds < wanted(), begun)
    return real.order_by(rounds.desc(), review_items.c.created_at, review_items.c.id).limit(CANDIDATES)


def rounds_now(now: datetime) -> ColumnElement[int]:
    """How many reviews of the row of ``review_items`` at hand are finished, or in hand."""
    ends = review_ends.c.giving_id
    in_hand = ends.is_(None) & (review_givings.c.at > now - HELD_FOR)
    return (
        select(func.count())
        .select_from(review_givings.outerjoin(review_ends, ends == review_givings.c.id))
        .where(review_givings.c.item_id == review_items.c.id)
        .where(or_(review_ends.c.outcome == FINISHED, in_hand))
        .correlate(review_items)
        .scalar_subquery()
    )


def wanted() -> ColumnElement[int]:
    """How many reviews the row of ``review_items`` at hand needs: one or two, three where two disagree."""
    told = (
        select(func.coalesce(func.max(review_ends.c.wanted), 0))
        .select_from(review_ends.join(review_givings, review_ends.c.giving_id == review_givings.c.id))
        .where(review_givings.c.item_id == review_items.c.id)
        .correlate(review_items)
        .scalar_subquery()
    )
    least = case((review_items.c.second, 2), else_=1)
    return case((told > least, told), else_=least)


def waiting(tenant: str, now: datetime) -> Select[Any]:
    """How many reviews are wanted beside those in hand; seeded items are not counted."""
    missing = func.coalesce(func.sum(wanted() - rounds_now(now)), 0)
    real = review_items.c.kind == SAMPLED
    recent = review_items.c.created_at > now - OFFERED_FOR
    return select(missing).where(review_items.c.tenant == tenant, real, recent, rounds_now(now) < wanted())


def givings(
    tenant: str | None = None,
    *,
    reviewer: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[Any]:
    """Givings with their items and ends, the oldest first; for ``reviews_of``."""
    columns = [
        column.label(f"{table.name}_{column.name}")
        for table in (review_givings, review_items, review_ends)
        for column in table.columns
    ]
    joined = review_givings.join(review_items, review_items.c.id == review_givings.c.item_id).outerjoin(
        review_ends, review_ends.c.giving_id == review_givings.c.id
    )
    found = (
        select(*columns)
        .select_from(joined)
        .order_by(review_givings.c.at, review_givings.c.round, review_givings.c.id)
    )
    if tenant is not None:
        found = found.where(review_givings.c.tenant == tenant)
    if reviewer is not None:
        found = found.where(review_givings.c.reviewer == reviewer)
    if since is not None:
        found = found.where(review_givings.c.at >= since)
    if until is not None:
        found = found.where(review_givings.c.at < until)
    return found


def reviews_of(execute: Execute, query: Select[Any]) -> list[Review]:
    """The reviews that ``givings`` finds, each with its judgements: the first of each claim, then reconsidered ones."""
    ids = query.with_only_columns(review_givings.c.id).order_by(None)
    order = review_judgements.c.giving_id, review_judgements.c.stage != FIRST, review_judgements.c.id
    told = select(review_judgements).where(review_judgements.c.giving_id.in_(ids)).order_by(*order)
    by_giving = {
        giving: tuple(record_of(ReviewJudgement, row) for row in rows)
        for giving, rows in groupby(execute(told), key=lambda row: row.giving_id)
    }
    return [_review(row, by_giving) for row in execute(query)]


def _review(row: Row[Any], judgements: dict[str, tuple[ReviewJudgement, ...]]) -> Review:
    giving = record_of(ReviewGiving, _part(row, review_givings))
    ended = _part(row, review_ends)
    end = record_of(ReviewEnd, ended) if ended["giving_id"] is not None else None
    item = record_of(ReviewItem, _part(row, review_items))
    return Review(giving, item, judgements.get(giving.id, ()), end)


def _part(row: Row[Any], table: Table) -> dict[str, Any]:
    return {column.name: row._mapping[f"{table.name}_{column.name}"] for column in table.columns}
