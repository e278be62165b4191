"""Reviews: items to review, who was given which, what was said of each claim, and how it ended.

    ledger.reviews.add([ReviewItem(...)])
    giving = ledger.reviews.give("default", "ann", now, choose)

Rows are only ever added. Methods that write return once it is durable; all raise LedgerError.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Select, func, insert, select

from proxy.ledger.database import Read, insert_new
from proxy.ledger.reviews import queries
from proxy.ledger.reviews.queries import LONGEST_SHIFT, givings, reviews_of
from proxy.ledger.reviews.records import (
    RELEASED,
    SAMPLED,
    SEEDED,
    Review,
    ReviewDraw,
    ReviewEnd,
    ReviewGiving,
    ReviewItem,
    ReviewJudgement,
)
from proxy.ledger.rows import record_of, row_of
from proxy.ledger.schema import review_draws, review_ends, review_givings, review_items, review_judgements
from proxy.ledger.writer import Submit, lock_named


class Choose(Protocol):
    """Chooses what a person is given of ``(item, round)`` that may be; ``lately`` is what they were given before."""

    def __call__(
        self, offered: Sequence[tuple[ReviewItem, int]], lately: Sequence[Review], /
    ) -> ReviewGiving | None: ...


class ReviewTable:
    """Made by ``Ledger.reviews``."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def add(self, items: Iterable[ReviewItem]) -> int:
        """Add items; how many are new. One whose ``key`` is there already is left alone."""
        rows = [row_of(one) for one in items]

        def write(connection: Connection) -> int:
            return sum(_add(connection, row) for row in rows)

        return self._submit(write).result()

    def item(self, item_id: str) -> ReviewItem | None:
        return self._item(select(review_items).where(review_items.c.id == item_id))

    def item_with_key(self, tenant: str, key: str) -> ReviewItem | None:
        mine = review_items.c.tenant == tenant, review_items.c.key == key
        return self._item(select(review_items).where(*mine))

    def items(self, tenant: str, *, kinds: Sequence[str], limit: int = 100) -> list[ReviewItem]:
        """Items of these kinds, the newest first."""
        found = select(review_items).where(review_items.c.tenant == tenant, review_items.c.kind.in_(kinds))
        newest = found.order_by(review_items.c.created_at.desc(), review_items.c.id).limit(limit)
        return [record_of(ReviewItem, row) for row in self._read(newest)]

    def give(self, tenant: str, reviewer: str, now: datetime, choose: Choose) -> ReviewGiving | None:
        """Give a person what ``choose`` chooses, while nobody else is given anything; None where it chooses nothing.

        What it may choose from: queries.candidates. A giving that is there already is not made again.
        """

        def write(connection: Connection) -> ReviewGiving | None:
            offered = [
                (record_of(ReviewItem, row), row.rounds + 1)
                for seeded in (False, True)
                for row in connection.execute(queries.candidates(tenant, reviewer, now, seeded=seeded))
            ]
            theirs = givings(tenant, reviewer=reviewer, since=now - LONGEST_SHIFT)
            lately = reviews_of(lambda query: connection.execute(query).all(), theirs)
            chosen = choose(offered, lately)
            if chosen is not None and all(chosen.id != one.giving.id for one in lately):
                connection.execute(insert(review_givings), row_of(chosen))
            return chosen

        return self._submit(write, lock=_lock(tenant)).result()

    def take(self, giving: ReviewGiving) -> ReviewGiving:
        """Give a person this very item, as its next round; the giving that there is, where they have had it before."""
        had = review_givings.c.item_id == giving.item_id, review_givings.c.reviewer == giving.reviewer
        others = select(func.count()).where(review_givings.c.item_id == giving.item_id)

        def write(connection: Connection) -> ReviewGiving:
            known = connection.execute(select(review_givings).where(*had)).first()
            if known is not None:
                return record_of(ReviewGiving, known)
            row = {**row_of(giving), "round": 1 + (connection.execute(others).scalar() or 0)}
            connection.execute(insert(review_givings), row)
            return record_of(ReviewGiving, row)

        return self._submit(write, lock=_lock(giving.tenant)).result()

    def judge(self, judgement: ReviewJudgement) -> ReviewJudgement:
        """Make a judgement durable; of the same claim and stage the one that there is, where there is one."""
        row = row_of(judgement)
        same = (
            review_judgements.c.giving_id == judgement.giving_id,
            review_judgements.c.claim == judgement.claim,
            review_judgements.c.stage == judgement.stage,
        )

        def write(connection: Connection) -> ReviewJudgement:
            known = connection.execute(select(review_judgements).where(*same)).first()
            if known is None:
                connection.execute(insert(review_judgements), row)
            return record_of(ReviewJudgement, known or row)

        return self._submit(write, lock=lock_named(f"review {judgement.giving_id}")).result()

    def end(
        self, giving: ReviewGiving, outcome: str, at: datetime, wanted: Callable[[Sequence[Review]], int]
    ) -> ReviewEnd:
        """End a review, once. What is released counts for nothing.

        ``wanted`` says how many reviews its item needs, after those that are finished with this one.
        """
        mine = select(review_ends).where(review_ends.c.giving_id == giving.id)

        def write(connection: Connection) -> ReviewEnd:
            known = connection.execute(mine).first()
            if known is not None:
                return record_of(ReviewEnd, known)
            of_item = givings().where(review_items.c.id == giving.item_id)
            told = reviews_of(lambda query: connection.execute(query).all(), of_item)
            finished = [one for one in told if one.finished or one.giving.id == giving.id]
            end = ReviewEnd(giving.id, at, outcome, 0 if outcome == RELEASED else wanted(finished))
            connection.execute(insert(review_ends), row_of(end))
            return end

        return self._submit(write, lock=_lock(giving.tenant)).result()

    def bring_in(self, items: Sequence[ReviewItem], reviews: Sequence[Review]) -> None:
        """Add whole reviews at once, and their items: simulated ones. All or none."""
        rows = [row_of(one) for one in items]
        parts = {
            review_givings: [row_of(one.giving) for one in reviews],
            review_judgements: [row_of(told) for one in reviews for told in one.judgements],
            review_ends: [row_of(one.end) for one in reviews if one.end is not None],
        }

        def write(connection: Connection) -> None:
            for row in rows:
                _add(connection, row)
            for table, of_table in parts.items():
                if of_table:
                    connection.execute(insert(table), of_table)

        self._submit(write).result()

    def review(self, giving_id: str) -> Review | None:
        """A giving with all that was said in it."""
        found = reviews_of(self._read, givings().where(review_givings.c.id == giving_id))
        return found[0] if found else None

    def reviews(
        self,
        tenant: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        reviewer: str | None = None,
        item_id: str | None = None,
        case_ref: str | None = None,
        kind: str | None = None,
    ) -> list[Review]:
        """Reviews given in a period, the oldest first; unfinished ones too. ``kind`` is that of their items."""
        query = givings(tenant, reviewer=reviewer, since=since, until=until)
        if item_id is not None:
            query = query.where(review_items.c.id == item_id)
        if case_ref is not None:
            query = query.where(review_items.c.case_ref == case_ref)
        if kind is not None:
            query = query.where(review_items.c.kind == kind)
        return reviews_of(self._read, query)

    def of_answers(self, tenant: str, reviewer: str, response_ids: Collection[str]) -> list[Review]:
        """A person's reviews of these answers, whenever they were given, the oldest first; unfinished ones too."""
        theirs = givings(tenant, reviewer=reviewer)
        return reviews_of(self._read, theirs.where(review_items.c.response_id.in_(response_ids)))

    def of_use(self, tenant: str, response_ids: Collection[str]) -> set[str]:
        """Which of these answers are sampled, or known to be right or wrong, or lend a made-up one their question."""
        mine = review_items.c.tenant == tenant, review_items.c.kind.in_((SAMPLED, *SEEDED))
        found = select(review_items.c.response_id).where(*mine, review_items.c.response_id.in_(response_ids))
        return {row.response_id for row in self._read(found)}

    def waiting(self, tenant: str, now: datetime) -> int:
        """How many reviews are wanted now, beside those in hand; seeded items and cases are not counted."""
        return int(self._read(queries.waiting(tenant, now))[0][0])

    def draw(self, draw: ReviewDraw, items: Sequence[ReviewItem]) -> bool:
        """Make a draw and its items durable, all or none; False where this period was drawn before."""
        row, rows = row_of(draw), [row_of(one) for one in items]
        same = review_draws.c.tenant == draw.tenant, review_draws.c.since == draw.since

        def write(connection: Connection) -> bool:
            if connection.execute(select(review_draws.c.id).where(*same)).first() is not None:
                return False
            connection.execute(insert(review_draws), row)
            for one in rows:
                _add(connection, one)
            return True

        return self._submit(write, lock=lock_named(f"review draws of {draw.tenant}")).result()

    def draws(
        self, tenant: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> list[ReviewDraw]:
        """Draws whose period begins in this one, the oldest first."""
        found = select(review_draws).where(review_draws.c.tenant == tenant)
        if since is not None:
            found = found.where(review_draws.c.since >= since)
        if until is not None:
            found = found.where(review_draws.c.since < until)
        return [record_of(ReviewDraw, row) for row in self._read(found.order_by(review_draws.c.since))]

    def _item(self, query: Select[Any]) -> ReviewItem | None:
        rows: Sequence[Row[Any]] = self._read(query)
        return record_of(ReviewItem, rows[0]) if rows else None


def _add(connection: Connection, row: dict[str, Any]) -> int:
    """1 where the item is new."""
    added = insert_new(connection, review_items).returning(review_items.c.id)
    return 0 if connection.execute(added, row).first() is None else 1


def _lock(tenant: str) -> int:
    return lock_named(f"reviews of {tenant}")
