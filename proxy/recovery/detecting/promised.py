"""Promises that were not kept, and those that were kept after all, as contacts and facts of the context tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from proxy.ledger.customers.contacts import ContactKind
from proxy.ledger.customers.promises import STATE_TOLD
from proxy.ledger.failures.records import Failure, FailureEvent, Kind, Source, Step
from proxy.ledger.records import Contact, JsonObject, PromiseRecord
from proxy.ledger.references import failure_reference
from proxy.recovery.detecting.look import CXAI, Found, Look, found, topic_of


def not_kept(look: Look) -> Iterator[Found]:
    told = look.signs.contacts(look.tenant, [ContactKind.PROMISE_BROKEN], look.since)
    promises = look.signs.promises(look.tenant, [one.ref for one in told if one.ref], look.now)
    answers = look.signs.answers(look.tenant, [one.response_id for one in promises.values()])
    for one in told:
        promise = promises.get(one.ref or "")
        if promise is None:
            continue
        answer = answers.get(promise.response_id)
        yield found(
            Failure(
                key=_key(promise.id),
                kind=Kind.BROKEN_PROMISE,
                occurred_at=_broken_at(promise, one),
                customer_id=promise.customer_id,
                conversation_id=promise.conversation_id,
                response_id=promise.response_id,
                case_ref=answer.escalation_ref if answer else None,
                channel=(answer.request or {}).get("channel") if answer else None,
                topic=topic_of(answer) if answer else None,
                text=promise.text,
                trace_id=answer.trace_id if answer else None,
                tenant=look.tenant,
            ),
            FailureEvent(
                key=f"contact:{one.key}",
                step=Step.DETECTED,
                at=max(one.at, _broken_at(promise, one)),
                actor=one.actor,
                source=Source.GUARD if one.actor == CXAI else Source.AGENT,
                data={"contact": one.key, **_at_stake(promise)},
            ),
        )


def kept_after_all(look: Look) -> Iterator[Found]:
    """A promise that is kept late is honoured: that puts it right. Whether its customer is content, only they tell."""
    kept = [kind for kind, state in STATE_TOLD.items() if state == "kept"]
    for one in look.signs.contacts(look.tenant, kept, look.since):
        if one.ref is not None:
            event = FailureEvent(
                key=f"contact:{one.key}",
                step=Step.CORRECTED,
                at=one.at,
                actor=one.actor,
                data={"how": "promise_kept", "contact": one.key},
            )
            yield Found(failure_reference(look.tenant, _key(one.ref)), (event,))


def _key(promise_id: str) -> str:
    return f"{Kind.BROKEN_PROMISE}:{promise_id}"


def _broken_at(promise: PromiseRecord, told: Contact) -> datetime:
    """When it was due, or when that was told where it had no date or is broken before it."""
    return told.at if promise.due_at is None else min(promise.due_at, told.at)


def _at_stake(promise: PromiseRecord) -> JsonObject:
    try:
        amount = float(promise.what["amount"])
    except (KeyError, TypeError, ValueError):
        return {}
    currency = promise.what.get("currency")
    return {"amount": amount, **({"currency": currency} if currency else {})}
