"""What customers lived through in a period, counted in the database: for the measures of recovery."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select

from proxy.ledger import promises as promised
from proxy.ledger.answered import Answered, answered
from proxy.ledger.contacts import COMING_BACK, ContactKind
from proxy.ledger.database import Read
from proxy.ledger.failures.records import Step
from proxy.ledger.observed import LETTING_PASS
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


@dataclass(frozen=True, slots=True)
class NewVersion:
    """``what`` (``model``, ``corpus``) answered for the first time ``at`` a time."""

    at: datetime
    what: str
    version: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """Of the failures corrected long enough ago, after how many their customer came ``back``."""

    back: int
    n: int
    too_young: int


class LivedCounts:
    """Made by ``Ledger.lived``; all of a tenant's, in a period. Raises LedgerError."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def decided(self, tenant: str, since: datetime, until: datetime) -> dict[tuple[bool, str], int]:
        """Answers by whether the guard acted (or only watched) and by what was decided of them."""
        acted = case((decisions.c.mode.in_([*LETTING_PASS, "off"]), 0), else_=1)
        found = select(acted.label("acted"), decisions.c.decision, func.count().label("answers"))
        rows = self._read(_of(found, decisions, decisions.c.created_at, tenant, since, until).group_by(
            acted, decisions.c.decision
        ))  # fmt: skip
        return {(bool(row.acted), row.decision): row.answers for row in rows}

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

    def repeats(
        self, tenant: str, since: datetime, until: datetime, now: datetime, quiet: timedelta
    ) -> Repeats:
        """Of the failures of the period that were corrected, after how many the customer came back within ``quiet``."""
        state = failure_states.c
        of_period = (
            state.tenant == tenant,
            state.occurred_at >= since,
            state.occurred_at < until,
            state.counted,
            state.corrected_at.is_not(None),
        )
        old_enough = func.sum(case((state.corrected_at <= now - quiet, 1), else_=0))
        counts: Any = select(func.count().label("all"), old_enough.label("judged")).where(*of_period)
        corrected = self._read(counts)[0]
        back: Any = (
            select(state.corrected_at, func.min(contacts.c.at).label("at"))
            .join_from(failure_states, contacts, contacts.c.customer_id == state.customer_id)
            .where(*of_period, state.corrected_at <= now - quiet, contacts.c.tenant == tenant)
            .where(contacts.c.at > state.corrected_at, contacts.c.kind.in_(list(COMING_BACK)))
            .group_by(state.failure_id, state.corrected_at)
        )
        came = sum(row.at - row.corrected_at <= quiet for row in self._read(back))
        judged = corrected.judged or 0
        return Repeats(came, judged, corrected.all - judged)

    def corrections_among(self, tenant: str, response_ids: Collection[str]) -> set[str]:
        """Those of these answers that corrected failures: a step says so, or they brought its case's answer."""
        told = failure_events.c.data["response_id"].as_string()
        by_step = (
            select(told.label("response_id"))
            .join_from(failure_events, failures, failures.c.id == failure_events.c.failure_id)
            .where(failures.c.tenant == tenant, failure_events.c.step == Step.CORRECTED)
            .where(told.in_(response_ids))
        )
        by_case = (
            select(desk_answers.c.response_id)
            .join_from(desk_answers, failures, failures.c.case_ref == desk_answers.c.ref)
            .join(failure_states, failure_states.c.failure_id == failures.c.id)
            .where(failures.c.tenant == tenant, failure_states.c.corrected_at.is_not(None))
            .where(desk_answers.c.response_id.in_(response_ids))
        )
        return {row.response_id for query in (by_step, by_case) for row in self._read(query)}

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

    def new_versions(self, tenant: str, since: datetime, until: datetime) -> list[NewVersion]:
        """Models and corpus versions that answered in the period for the first time since it began, but for the first.

        Which of them were in use before is not asked: what an answer's day began with is no change.
        """
        found: list[NewVersion] = []
        for what, column in (("model", decisions.c.model), ("corpus", decisions.c.corpus_version)):
            first: Any = select(column.label("version"), func.min(decisions.c.created_at).label("at"))
            rows = self._read(
                _of(first, decisions, decisions.c.created_at, tenant, since, until)
                .where(column.is_not(None))
                .group_by(column)
                .order_by(func.min(decisions.c.created_at))
            )
            found += [NewVersion(row.at, what, row.version) for row in rows[1:]]
        return found

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
        """The incidents whose failures reached customers in the period, those of most customers first."""
        state, told = failure_states.c, failures.c
        customers = func.count(state.customer_id.distinct()).label("customers")
        still = func.sum(case((state.restored_at.is_(None) & state.ended_at.is_(None), 1), else_=0))
        found: Any = (
            select(
                state.incident,
                func.count().label("failures"),
                still.label("open"),
                customers,
                func.count(told.response_id.distinct()).label("answers"),
            )
            .join_from(failure_states, failures, told.id == state.failure_id)
            .where(state.tenant == tenant, state.occurred_at >= since, state.occurred_at < until)
            .where(state.counted, state.incident.is_not(None))
            .group_by(state.incident)
            .order_by(customers.desc(), state.incident)
            .limit(limit)
        )
        return [Incident(**row._mapping) for row in self._read(found)]


def _of(
    found: Select[Any], table: Any, at: Any, tenant: str, since: datetime, until: datetime
) -> Select[Any]:
    return found.where(table.c.tenant == tenant, at >= since, at < until)
