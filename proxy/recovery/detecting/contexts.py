"""Decisions made on facts that were out of date or missing, as the next fresh reading of the same customer shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from proxy.context.snapshot import FactState, Importance
from proxy.ledger.answers.contexts import facts_of
from proxy.ledger.answers.observed import LETTING_PASS
from proxy.ledger.failures.records import Cause, FailureEvent, Kind, Source, Step
from proxy.ledger.failures.signs import Asked
from proxy.ledger.records import JsonObject
from proxy.recovery.detecting.look import CXAI, Found, Look, failure_of, found

_GIVEN = ("deliver", "rewrite")
_NOT_FRESH = (FactState.STALE, FactState.MISSING, FactState.CONFLICTING)


def out_of_date(look: Look) -> Iterator[Found]:
    """A failure where what was read later was true by then already; where it may have changed since, a proposal."""
    new = [
        one for one in look.signs.asked(look.tenant, look.questions_since, with_context=True) if _fresh(one)
    ]
    earliest = min((one.created_at for one in new), default=look.now) - look.plan.context_within
    customers = {one.customer_id for one in new}
    before: dict[str, list[Asked]] = defaultdict(list)
    for one in look.signs.asked_by(look.tenant, customers, earliest, with_context=True):
        if (one.decision in _GIVEN or one.mode in LETTING_PASS) and _doubted(one):
            before[one.customer_id].append(one)
    told: dict[str, tuple[FailureEvent, Asked]] = {}
    for later in new:
        for one in before[later.customer_id]:
            if timedelta(0) < later.created_at - one.created_at <= look.plan.context_within:
                event = _event(one, later, look.now)
                if event is not None and one.response_id not in told:
                    told[one.response_id] = event, one
    answers = look.signs.answers(look.tenant, told)
    for response_id, (event, _) in told.items():
        if response_id in answers:
            record = answers[response_id]
            yield found(failure_of(record, Kind.STALE_CONTEXT, text=record.question), event)


def _event(one: Asked, later: Asked, now: datetime) -> FailureEvent | None:
    doubted, fresh = _doubted(one), _fresh(later)
    for name in doubted.keys() & fresh.keys():
        if not _differs(doubted[name].get("value"), fresh[name].get("value")):
            continue
        was_so = _true_at(later, fresh[name]) <= one.created_at
        return FailureEvent(
            key=f"read:{later.response_id}",
            step=Step.DETECTED if was_so else Step.PROPOSED,
            at=now,
            actor=CXAI,
            source=Source.GUARD,
            data={
                "cause": Cause.CONTEXT,
                "fact": name,
                "state": doubted[name].get("state"),
                "response_id": later.response_id,
            },
        )
    return None


def _differs(acted_on: Any, read: Any) -> bool:
    """Where nothing was known, what says nothing would have changed nothing."""
    return bool(read) if acted_on is None else read != acted_on


def _true_at(later: Asked, fact: JsonObject) -> datetime:
    return later.created_at - timedelta(seconds=float(fact.get("age_s") or 0))


def _doubted(one: Asked) -> dict[str, JsonObject]:
    """The facts that the decision needed and that were not fresh, by name."""
    return {
        name: fact
        for name, fact in facts_of(one.context).items()
        if fact.get("class") == Importance.REQUIRED and fact.get("state") in _NOT_FRESH
    }


def _fresh(one: Asked) -> dict[str, JsonObject]:
    """Those that were, with their values; a masked one's value is not kept, and tells nothing here."""
    return {
        name: fact
        for name, fact in facts_of(one.context).items()
        if fact.get("state") == FactState.FRESH and "value" in fact
    }
