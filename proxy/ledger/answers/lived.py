"""What customers lived through in a period, counted in the database: for the measures of recovery."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select

from proxy.ledger.answers import counts
from proxy.ledger.answers.answered import Answered, answered
from proxy.ledger.answers.counts import AnswerCounts
from proxy.ledger.customers import promises as promised
from proxy.ledger.customers.contacts import COMING_BACK, ContactKind
from proxy.ledger.database import Read
from proxy.ledger.desk.told import parts_of, told_id
from proxy.ledger.failures.incidents import members
from proxy.ledger.failures.records import Step
from proxy.ledger.schema import (
    contacts,
    decisions,
    desk_answers,
    desk_cases,
    failure_events,
    failure_states,
    failures,
    promises,
)
from proxy.ledger.whole_columns import Instants, WholeColumn, WholeInstants, instants, values


@dataclass(frozen=True, slots=True)
class ByHand:
    """What people did: cases handed to them, cases that they answered, answers sent although not supported."""

    cases: int
    answered: int
    overridden: int


@dataclass(frozen=True, slots=True)
class Incident:
    """Failures of one origin, and how many customers and answers they name."""

    incident: str
    failures: int
    open: int
    customers: int
    answers: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Of the answers whose customers were ``asked`` whether it is settled, how many ``answered``, and said ``yes``."""

    asked: int
    answered: int
    yes: int


class LivedCounts:
    """Made by ``Ledger.lived``; all of a tenant's, in a period. Raises LedgerError."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def answers(self, tenant: str, since: datetime, until: datetime) -> AnswerCounts:
        """The answers of the period, counted."""
        rows = self._read(counts.query(tenant, since, until))
        return AnswerCounts(since, until, [counts.alike_of(tuple(row)) for row in rows])

    def latencies(self, tenant: str, since: datetime, until: datetime, limit: int) -> list[float]:
        """Milliseconds that our own stages took, of the newest answers of the period."""
        found = select(decisions.c.timings_ms)
        newest = _of(found, decisions, decisions.c.created_at, tenant, since, until)
        rows = self._read(newest.order_by(decisions.c.created_at.desc()).limit(limit))
        return [sum(row.timings_ms.values()) for row in rows if row.timings_ms]

    def by_hand(self, tenant: str, since: datetime, until: datetime) -> ByHand:
        opened = self._read(
            _of(select(func.count()), desk_cases, desk_cases.c.opened_at, tenant, since, until)
        )
        told: Any = select(
            func.count(desk_answers.c.ref.distinct()),
            func.sum(case((desk_answers.c.override_reason.is_not(None), 1), else_=0)),
        ).join_from(desk_answers, desk_cases, desk_cases.c.ref == desk_answers.c.ref)
        answered, overridden = tuple(
            self._read(_of(told, desk_cases, desk_answers.c.at, tenant, since, until))[0]
        )
        return ByHand(opened[0][0], answered, overridden or 0)

    def returned(self, tenant: str, since: datetime, until: datetime) -> tuple[int, int]:
        """How many customers whom people held were answered by automation, and how many answers that were."""
        found: Any = select(func.count(contacts.c.customer_id.distinct()), func.count())
        noted = _of(found, contacts, contacts.c.at, tenant, since, until)
        customers, answers = tuple(
            self._read(noted.where(contacts.c.kind == ContactKind.RETURNED_TO_AUTOMATION))[0]
        )
        return customers, answers

    def promises(self, tenant: str, since: datetime, until: datetime, now: datetime) -> dict[str, int]:
        """Promises made in the period by their state."""
        state = promised.state_at(now).label("state")
        made = _of(
            select(promises.c.id, state), promises, promises.c.created_at, tenant, since, until
        ).subquery()
        counted = select(made.c.state, func.count().label("number")).group_by(made.c.state)
        return {row.state: row.number for row in self._read(counted)}

    def coming_back(self, tenant: str, since: datetime) -> tuple[list[str], Instants]:
        """Who came back, about whatever, from a time on, and when: the same place in both is one contact."""
        told = contacts.c
        found: Any = select(WholeColumn(told.customer_id), WholeInstants(told.at)).where(
            told.tenant == tenant, told.at >= since, told.kind.in_(list(COMING_BACK))
        )
        customers, at = tuple(self._read(found)[0])
        return values(customers), instants(at)

    def corrections_among(self, tenant: str, response_ids: Collection[str]) -> set[str]:
        """Those of these answers that corrected failures: a step says so, or a person gave them to its case."""
        told = failure_events.c.data["response_id"].as_string()
        by_step = (
            select(told.label("response_id"))
            .join_from(failure_events, failures, failures.c.id == failure_events.c.failure_id)
            .where(failures.c.tenant == tenant, failure_events.c.step == Step.CORRECTED)
            .where(told.in_(response_ids))
        )
        numbers = [named[1] for one in response_ids if (named := parts_of(one)) is not None]
        by_case = (
            select(desk_answers.c.ref, desk_answers.c.id)
            .join_from(desk_answers, failures, failures.c.case_ref == desk_answers.c.ref)
            .join(failure_states, failure_states.c.failure_id == failures.c.id)
            .where(failures.c.tenant == tenant, failure_states.c.corrected_at.is_not(None))
            # What was sent before it failed, or is what failed, put nothing right.
            .where(desk_answers.c.id.in_(numbers), desk_answers.c.at > failures.c.occurred_at)
        )
        of_cases = {told_id(row.ref, row.id) for row in self._read(by_case)}
        return {row.response_id for row in self._read(by_step)} | (of_cases & set(response_ids))

    def answered(self, tenant: str, since: datetime, until: datetime) -> list[Answered]:
        """What the chatbot and people answered known customers."""
        return answered(self._read, tenant, since, until)

    def failed_answers(self, tenant: str, since: datetime) -> set[str]:
        """The answers of which a failure was detected that reached its customer since a time."""
        found = (
            select(failures.c.response_id)
            .join_from(failures, failure_states, failure_states.c.failure_id == failures.c.id)
            .where(failure_states.c.tenant == tenant, failure_states.c.occurred_at >= since)
            .where(failure_states.c.counted, failures.c.response_id.is_not(None))
        )
        return {row.response_id for row in self._read(found)}

    def settled(self, tenant: str, since: datetime, until: datetime) -> Settled:
        """What was said to "is it settled for you?" in the period; of one matter the last word counts."""
        told = select(contacts.c.customer_id, contacts.c.data)
        feedback = _of(told, contacts, contacts.c.at, tenant, since, until).where(
            contacts.c.kind == ContactKind.FEEDBACK
        )
        said: dict[tuple[str, str], str] = {}
        for row in self._read(feedback.order_by(contacts.c.at, contacts.c.id)):
            word = row.data.get("settled")
            matter = row.customer_id, row.data.get("failure") or row.data.get("response_id") or ""
            if word in ("yes", "no") or (word == "asked" and matter not in said):
                said[matter] = word
        words = list(said.values())
        return Settled(len(words), len(words) - words.count("asked"), words.count("yes"))

    def incidents(self, tenant: str, since: datetime, until: datetime, limit: int = 50) -> list[Incident]:
        """The incidents whose failures reached customers in the period, those of most customers first.

        A failure counts in each incident that it is of: it may have been found by several recalls.
        """
        state, told = failure_states.c, failures.c
        counted = state.tenant == tenant, state.occurred_at >= since, state.occurred_at < until, state.counted
        of_it = members(tenant, counted)
        customers = func.count(state.customer_id.distinct()).label("customers")
        still = func.sum(case((state.restored_at.is_(None) & state.ended_at.is_(None), 1), else_=0))
        found: Any = (
            select(
                of_it.c.incident,
                func.count().label("failures"),
                still.label("open"),
                customers,
                func.count(told.response_id.distinct()).label("answers"),
            )
            .join_from(of_it, failure_states, state.failure_id == of_it.c.failure_id)
            .join(failures, told.id == state.failure_id)
            .group_by(of_it.c.incident)
            .order_by(customers.desc(), of_it.c.incident)
            .limit(limit)
        )
        return [Incident(**row._mapping) for row in self._read(found)]


def _of(
    found: Select[Any], table: Any, at: Any, tenant: str, since: datetime, until: datetime
) -> Select[Any]:
    return found.where(table.c.tenant == tenant, at >= since, at < until)
