"""The write of one step of a case: allowed or not, once for each key, and its event beside it.

Nothing is raised inside of a write that others share: what stands against a step is returned as a ``Refusal``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from proxy.ledger.database import insert_new
from proxy.ledger.desk.lifecycle import Status, Step, after
from proxy.ledger.desk.records import Keyed, Stepped, Taken
from proxy.ledger.masking import mask
from proxy.ledger.rows import storable
from proxy.ledger.schema import desk_answers, desk_cases, desk_requests, escalation_events, escalations
from proxy.ledger.staff.events import Event, Kind, note
from proxy.ledger.texts import StoreText, claims_as_kept

TICK = timedelta(microseconds=1)
# Steps of who holds the case, and of nobody else unless by ``force``.
OF_THE_HOLDER = frozenset({Step.RENEW, Step.RELEASE, Step.ANSWER, Step.REASSIGN, Step.CANCEL})
CXAI, CUSTOMER = "cxai", "customer"  # who does what no person did


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step was not taken: ``unknown`` case, ``held`` by another, ``status`` or ``key`` does not allow it."""

    why: str
    status: str | None = None
    holder: str | None = None
    held_until: datetime | None = None


def step_write(taken: Taken, now: datetime, level: StoreText) -> Callable[[Connection], Stepped | Refusal]:
    """The write that takes a step; run it under the case's lock."""

    def write(connection: Connection) -> Stepped | Refusal:
        if taken.keyed is not None and (known := _answered_before(connection, taken)) is not None:
            return known
        case = _case(connection, taken)
        if case is None:
            return Refusal("unknown")
        if case.status == Status.CLAIMED and case.held_until is not None and case.held_until <= now:
            case = _lapsed(connection, case, now)
            if taken.step is Step.LAPSE:
                return Stepped(taken.ref, Status.OPEN, case.status_at)
        refusal = _refusal(taken, case)
        if refusal is not None:
            return refusal
        if taken.keyed is None:
            return _take(connection, taken, case, now, level)
        with connection.begin_nested() as attempt:
            done = _take(connection, taken, case, now, level)
            if _keep_request(connection, taken, taken.keyed, done):
                return done
            attempt.rollback()  # another replica answered the same request meanwhile, with another case
        return _answered_before(connection, taken) or Refusal("key")

    return write


def _case(connection: Connection, taken: Taken) -> Row[Any] | None:
    """The row, which nobody else changes meanwhile."""
    found = (
        select(desk_cases)
        .where(desk_cases.c.ref == taken.ref, desk_cases.c.tenant == taken.tenant)
        .with_for_update()
    )
    return connection.execute(found).first()


def _lapsed(connection: Connection, case: Row[Any], now: datetime) -> Row[Any]:
    """The case after its lease has ended, of which nobody has taken note so far."""
    at = max(case.held_until, case.status_at + TICK)
    _add_event(connection, case.ref, Status.OPEN, at, CXAI, f"the lease of {case.holder} ended")
    _set(connection, case.ref, holder=None, holder_name=None, held_until=None)
    return connection.execute(select(desk_cases).where(desk_cases.c.ref == case.ref)).one()


def _refusal(taken: Taken, case: Row[Any]) -> Refusal | None:
    claimed = case.status == Status.CLAIMED
    others = claimed and case.holder != taken.actor and not taken.force
    if taken.step is Step.CLAIM and claimed and case.holder == (taken.to or taken.actor):
        return None  # who holds it and claims it again goes on holding it
    if others and (taken.step in OF_THE_HOLDER or taken.step is Step.CLAIM):
        return Refusal("held", case.status, case.holder, case.held_until)
    if after(taken.step, case.status) is None:
        return Refusal("status", case.status)
    return None


def _take(connection: Connection, taken: Taken, case: Row[Any], now: datetime, level: StoreText) -> Stepped:
    step = Step.RENEW if taken.step is Step.CLAIM and case.status == Status.CLAIMED else taken.step
    status = after(step, case.status)
    assert status is not None, "it was looked up before"
    # The newest event is the status, so that a step comes after all that was told before it.
    at = max(now, case.status_at + TICK)
    changes = _changes(connection, taken, step, case, at, level)
    changes["held_until"] = now + timedelta(seconds=taken.lease_s) if status is Status.CLAIMED else None
    if step is not Step.RENEW:
        _add_event(connection, taken.ref, status, at, taken.actor, _as_kept(taken.note, level))
    _set(connection, taken.ref, **changes)
    lease = (changes.get("holder"), changes.get("held_until")) if status is Status.CLAIMED else (None, None)
    return Stepped(taken.ref, status, at, *lease, answer_id=changes.get("answer_id", case.answer_id))


def _changes(
    connection: Connection, taken: Taken, step: Step, case: Row[Any], at: datetime, level: StoreText
) -> dict[str, Any]:
    """What a step changes of the desk's row; a lease goes with every step that does not give one."""
    if step in (Step.CLAIM, Step.RENEW, Step.REASSIGN):
        kept_name = case.holder_name if step is Step.RENEW else None
        return {
            "holder": taken.to or (case.holder if step is Step.RENEW else taken.actor),
            "holder_name": taken.to_name or kept_name,
        }
    changes: dict[str, Any] = {}
    if step is Step.ANSWER:
        changes["answer_id"] = _add_answer(connection, taken, case, at)
    if step in (Step.RELEASE, Step.REOPEN):
        changes |= {"holder": None, "holder_name": None}
    if step is Step.REOPEN:
        changes |= {"answer_id": None, "due_at": taken.due_at}
    if step in (Step.DELIVER, Step.EXPIRE, Step.REOPEN, Step.CANCEL) and case.answer_id is not None:
        _let_go(connection, taken, step, case.answer_id, at, level)
    return changes


def _add_answer(connection: Connection, taken: Taken, case: Row[Any], at: datetime) -> int:
    """Word for word, whatever texts are kept: it is still to be told. Its event has it as it will be kept."""
    answer = taken.answer
    assert answer is not None, "an answer has a text"
    level = connection.execute(
        select(escalations.c.store_text).where(escalations.c.ref == taken.ref)
    ).scalar_one()
    row = {
        "ref": taken.ref,
        "at": at,
        "author": taken.actor,
        "author_name": taken.to_name or case.holder_name,
        "text": storable(answer.text),
        "verified": answer.verified,
        "claims": storable(answer.claims),
        "override_reason": storable(answer.override_reason),
        "store_text": level,
    }
    answer_id = int(connection.execute(insert(desk_answers).returning(desk_answers.c.id), row).scalar_one())
    state = {
        "tenant": taken.tenant,
        "name": row["author_name"],
        "verified": answer.verified,
        "text": _as_kept(answer.text, StoreText(level)),
        "override_reason": _as_kept(answer.override_reason, StoreText(level)),
    }
    note(connection, Kind.ANSWER, str(answer_id), Event.SENT, state, by=taken.actor, ref=taken.ref)
    return answer_id


def _let_go(
    connection: Connection, taken: Taken, step: Step, answer_id: int, at: datetime, level: StoreText
) -> None:
    """An answer that no longer waits for its customer is kept as other texts are."""
    row = connection.execute(select(desk_answers).where(desk_answers.c.id == answer_id)).first()
    if row is None:
        return
    changes: dict[str, Any] = {"store_text": level}
    if level is not StoreText.FULL:
        changes |= {
            "text": _as_kept(row.text, level),
            "override_reason": _as_kept(row.override_reason, level),
            "claims": claims_as_kept(row.claims, row.text or "", level),
        }
    if step is Step.DELIVER:
        changes |= {"delivered_at": at, "response_id": taken.response_id}
    connection.execute(update(desk_answers).where(desk_answers.c.id == answer_id).values(changes))


def _as_kept(text: str | None, level: StoreText) -> str | None:
    text = storable(text)
    if text is None or level is StoreText.FULL:
        return text
    return mask(text) if level is StoreText.MASKED else None


def request_query(tenant: str, key: str) -> Select[Any]:
    return select(desk_requests).where(desk_requests.c.tenant == tenant, desk_requests.c.key == key)


def request_outcome(row: Row[Any], keyed: Keyed) -> Stepped | Refusal:
    """What a request came to that was answered before; another one under its key is refused."""
    if row.fingerprint != keyed.fingerprint:
        return Refusal("key")
    held_until = row.result["held_until"]
    return Stepped(
        row.ref,
        Status(row.result["status"]),
        row.at,
        row.result["holder"],
        held_until and datetime.fromisoformat(held_until),
        row.result["answer_id"],
        again=True,
    )


def _answered_before(connection: Connection, taken: Taken) -> Stepped | Refusal | None:
    assert taken.keyed is not None
    row = connection.execute(request_query(taken.tenant, taken.keyed.key)).first()
    return None if row is None else request_outcome(row, taken.keyed)


def _keep_request(connection: Connection, taken: Taken, keyed: Keyed, done: Stepped) -> bool:
    """Whether this was the first answer to the request."""
    row = {
        "tenant": taken.tenant,
        "key": keyed.key,
        "ref": taken.ref,
        "at": done.at,
        "fingerprint": keyed.fingerprint,
        "result": {
            "status": done.status,
            "holder": done.holder,
            "held_until": done.held_until and done.held_until.isoformat(),
            "answer_id": done.answer_id,
        },
    }
    kept = insert_new(connection, desk_requests).returning(desk_requests.c.key)
    return connection.execute(kept, row).first() is not None


def _add_event(
    connection: Connection, ref: str, status: str, at: datetime, actor: str, note: str | None
) -> None:
    row = {"ref": ref, "status": status, "at": at, "actor": storable(actor), "note": note}
    connection.execute(insert(escalation_events), row)


def _set(connection: Connection, ref: str, **changes: Any) -> None:
    connection.execute(update(desk_cases).where(desk_cases.c.ref == ref).values(changes))
