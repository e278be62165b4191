"""The list's rows, as far as the person who looks may read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxy.access.people.roles import Person
from proxy.console.failures.asked import URGENT, Asked
from proxy.console.reviewing import to_judge, withheld
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.failures.records import Failure, FailureState, Kind, Status
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.review.giving import Reviewing

# That there is such a failure tells how its answer was judged.
TELLING = (Kind.WRONG_CLAIM, Kind.WRONG_BLOCK, Kind.STALE_CONTEXT)


@dataclass(frozen=True, slots=True)
class Row:
    """``unread``: who looks may still be asked to judge its answer blind, and is not told what it says."""

    state: FailureState
    failure: Failure
    unread: bool

    @property
    def withheld(self) -> bool:
        return self.unread and self.failure.kind in TELLING


@dataclass(frozen=True, slots=True)
class Listed:
    """``last`` is the failure behind which the next page begins; ``open_by`` counts what is open by its severity."""

    rows: Sequence[Row]
    last: FailureState | None
    open_by: dict[str, int]
    proposed: int


def listed(reviewing: Reviewing, person: Person, asked: Asked, a_page: int) -> Listed:
    """Raises LedgerError, Problem."""
    table, which = reviewing.ledger.failures, asked.which(person.tenant)
    read = table.urgent if asked.order == URGENT else table.states
    found = read(which, after=asked.place, limit=a_page + 1)
    shown = found[:a_page]
    return Listed(
        rows=[one for one in _rows(reviewing, person, shown) if not (one.withheld and asked.by_content)],
        last=shown[-1] if len(found) > a_page else None,
        open_by=table.counted(FailureFilter(person.tenant, is_open=True), "severity"),
        proposed=table.counted(FailureFilter(person.tenant, status=Status.PROPOSED), "status").get(
            Status.PROPOSED, 0
        ),
    )


def not_to_read(reviewing: Reviewing, person: Person, response_ids: Iterable[str | None]) -> frozenset[str]:
    """The ids of those answers that this person is to judge blind, or may be: how they were judged is not told them."""
    named = {one for one in response_ids if one}
    records = _records(reviewing.ledger, named, person.tenant)
    return to_judge(reviewing, person, records) | withheld(reviewing, person, records)


def _rows(reviewing: Reviewing, person: Person, states: Sequence[FailureState]) -> list[Row]:
    told = reviewing.ledger.failures.told([one.failure_id for one in states], tenant=person.tenant)
    unread = not_to_read(reviewing, person, (one.response_id for one in told.values()))
    return [
        Row(one, told[one.failure_id], told[one.failure_id].response_id in unread)
        for one in states
        if one.failure_id in told  # it is not where its customer was erased just now
    ]


def _records(ledger: Ledger, response_ids: Iterable[str], tenant: str) -> list[DecisionRecord]:
    return [one for one in ledger.answers_by_id(list(response_ids)).values() if one.tenant == tenant]
