"""The answers of a period, counted in one look at them: by day, by what was decided, by what gave them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select

from proxy.ledger.answers.daily import Day, by_day, day_of
from proxy.ledger.answers.observed import LETTING_PASS
from proxy.ledger.schema import decisions


@dataclass(frozen=True, slots=True)
class Alike:
    """So many ``answers`` of a ``day`` (UTC) that are alike in all of this, the first of them given ``first_at``.

    ``acted``: the guard did not only watch.
    """

    day: str
    acted: bool
    decision: str
    verified: bool
    model: str | None
    corpus: str | None
    answers: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class NewVersion:
    """``what`` (``model``, ``corpus``) answered for the first time ``at`` a time."""

    at: datetime
    what: str
    version: str


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Of the answers from ``since`` until ``until``."""

    since: datetime
    until: datetime
    alike: Sequence[Alike]

    def decided(self) -> dict[tuple[bool, str], int]:
        """Answers by whether the guard acted (or only watched) and by what was decided of them."""
        counted: Counter[tuple[bool, str]] = Counter()
        for one in self.alike:
            counted[one.acted, one.decision] += one.answers
        return dict(counted)

    def days(self) -> list[Day]:
        """Every day, also those on which nothing happened, the oldest first; who was returned is not counted."""
        return by_day(self.alike, {}, self.since, self.until)

    def new_versions(self) -> list[NewVersion]:
        """Models and corpus versions that answered for the first time since the period began, but for the first.

        Which of them were in use before is not asked: what an answer's day began with is no change.
        """
        return [*self._new("model"), *self._new("corpus")]

    def _new(self, what: str) -> Iterator[NewVersion]:
        first: dict[str, datetime] = {}
        for one in self.alike:
            version = getattr(one, what)
            if version is not None:
                first[version] = min(one.first_at, first.get(version, one.first_at))
        for version in sorted(first, key=first.__getitem__)[1:]:
            yield NewVersion(first[version], what, version)


def query(tenant: str, since: datetime, until: datetime) -> Select[Any]:
    """A row for each ``Alike``."""
    given = decisions.c
    acted = case((given.mode.in_([*LETTING_PASS, "off"]), 0), else_=1)
    keys = (
        day_of(given.created_at),
        acted,
        given.decision,
        given.verified,
        given.model,
        given.corpus_version,
    )
    return (
        select(*keys, func.count(), func.min(given.created_at))
        .where(given.tenant == tenant, given.created_at >= since, given.created_at < until)
        .group_by(*keys)
    )


def alike_of(row: Sequence[Any]) -> Alike:
    """What a row of ``query`` says."""
    day, acted, *rest = row
    return Alike(day, bool(acted), *rest)
