"""What a search finds, as far as the person who searches may read it: who may be asked to judge an answer blind is not
told here how it was judged, and of one that may come to be reviewed, not even what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proxy.access.people.roles import Person
from proxy.console.answers.asked import Asked
from proxy.console.answers.path import claim_counts, delivered_text
from proxy.console.reviewing import to_judge, withheld
from proxy.ledger.answers.search import After, AnswerQuery
from proxy.ledger.records import DecisionRecord
from proxy.review.giving import Reviewing

MOST_PAGES = 20  # that are looked through for one of answers that may be shown


@dataclass(frozen=True, slots=True)
class Row:
    """An answer in the list. ``blind``: how it was judged is not told; ``withheld``: nor what was asked and said."""

    record: DecisionRecord
    blind: bool
    withheld: bool

    @property
    def counts(self) -> Mapping[str, int]:
        return claim_counts(self.record)

    @property
    def delivered(self) -> str:
        return delivered_text(self.record)


@dataclass(frozen=True, slots=True)
class Found:
    """``last`` is the answer behind which the next page begins; None where there is none."""

    rows: Sequence[Row]
    last: DecisionRecord | None


def find(
    reviewing: Reviewing, person: Person, asked: Asked, query: AnswerQuery, after: After | None, a_page: int
) -> Found:
    """A page of answers. What is left out leaves no gap in it that would tell that something was found there."""
    shown: list[Row] = []
    for _ in range(MOST_PAGES):
        found = reviewing.ledger.answer_search.page(query, after=after, limit=a_page + 1)
        shown += [one for one in rows_for(reviewing, person, found) if _may_be_found(one, asked)]
        if len(shown) > a_page:
            return Found(shown[:a_page], shown[a_page - 1].record)
        if len(found) <= a_page:
            return Found(shown, None)
        after = After(found[-1].created_at, found[-1].response_id)
    return Found(shown, found[-1])


def rows_for(reviewing: Reviewing, person: Person, records: Sequence[DecisionRecord]) -> list[Row]:
    blind, kept = to_judge(reviewing, person, records), withheld(reviewing, person, records)
    return [Row(one, one.response_id in blind, one.response_id in kept) for one in records]


def _may_be_found(row: Row, asked: Asked) -> bool:
    return not (row.withheld and asked.by_content) and not (row.blind and asked.by_judgement)
