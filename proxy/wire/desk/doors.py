"""``/v1/escalations``: list, read, claim, check a draft, answer, release, reassign, cancel and reopen.

Every step is taken once for each ``Idempotency-Key``. A caller sees its own tenant's cases alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from proxy.access.keys import Scope
from proxy.ledger.desk.desk import StepRefused
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import DeskCase, Stepped, Taken
from proxy.ledger.ledger import LedgerError
from proxy.wire.desk.checking import Checked, NotSupported, checked_text
from proxy.wire.desk.requests import (
    Acting,
    Answering,
    Asking,
    CaseNotFound,
    Claiming,
    ClaimingNext,
    Drafting,
    NotNow,
    Reassigning,
    Sent,
    listing,
    reference,
    sent,
    token,
)
from proxy.wire.desk.shapes import handed_over, told, told_step
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.errors import InvalidRequest, LedgerUnavailable, ScopeMissing
from proxy.wire.exchange import headers_of
from proxy.wire.request_body import parse_json_object, read_request
from proxy.wire.services import Services

PATH = "/v1/escalations"
NOT_NOW = "Cases cannot be read or changed just now; try again."
STAFF = {SCOPE: Scope.ESCALATIONS}
MOST_TURNS = 100  # of the conversation that is handed over with a case

T = TypeVar("T")
Ref = FromPath[str]
Told = Response[bytes]


@get(PATH, include_in_schema=False, opt=STAFF)
async def listed(request: Asking, services: NamedDependency[Services]) -> Told:
    """Cases, those that people hold where no status is named; a page at a time."""
    page, now = listing(request, services.tenant), datetime.now(UTC)
    found = await at_desk(
        lambda: services.ledger.desk.cases(
            page.wanted, order=page.order, after=page.after, limit=page.limit + 1, now=now
        )
    )
    has_more = len(found) > page.limit
    shown = found[: page.limit]
    return json_of(
        {
            "object": "list",
            "data": [told(one, now) for one in shown],
            "has_more": has_more,
            "next": token(shown[-1], page.order) if has_more else None,
        }
    )


@get(PATH + "/{ref:str}", include_in_schema=False, opt=STAFF)
async def read(services: NamedDependency[Services], ref: Ref) -> Told:
    """One case with what was said, what was promised, and what was blocked and why."""
    return json_of(await at_desk(lambda: _handed_over(services, reference(ref))))


@post(PATH + "/next", status_code=200, include_in_schema=False, opt=STAFF)
async def claim_next(request: Asking, services: NamedDependency[Services]) -> Told:
    """Claim the case that is due first, of a queue where one is named; ``case`` is null where there is none."""
    asked = await sent(request, ClaimingNext)
    if asked.body.queue is not None:
        _expect_member(services, asked.body.queue, asked.actor)
    desk = services.ledger.desk
    done = await at_desk(
        lambda: desk.claim_next(
            actor=asked.actor,
            tenant=services.tenant,
            queue=asked.body.queue,
            without=services.policies.current.queues.closed_to(asked.actor),
            name=asked.body.public_name,
            lease_s=asked.body.lease_s,
            keyed=asked.keyed,
        )
    )
    return json_of({"object": "escalation.step", "case": None} if done is None else told_step(done))


@post(PATH + "/{ref:str}/claim", status_code=200, include_in_schema=False, opt=STAFF)
async def claim(request: Asking, services: NamedDependency[Services], ref: Ref) -> Told:
    """Hold a case for the time of a lease; again, to hold it longer."""
    asked = await sent(request, Claiming)
    case = await _case(services, ref)
    _expect_member(services, case.queue, asked.actor)
    return await _taken(
        services, asked, ref, Step.CLAIM, to_name=asked.body.public_name, lease_s=asked.body.lease_s
    )


@post(PATH + "/{ref:str}/check", status_code=200, include_in_schema=False, opt=STAFF)
async def check(request: Asking, services: NamedDependency[Services], ref: Ref) -> Told:
    """Judge a draft while it is written; nothing is kept of it."""
    draft = read_request(parse_json_object(await request.body()), Drafting)
    case = await _case(services, ref)
    checked = await _checked(request, services, case, draft.text, draft.tool_results)
    return json_of({**checked.found, "may_leave": checked.may_leave})


@post(PATH + "/{ref:str}/answer", status_code=200, include_in_schema=False, opt=STAFF)
async def answer(request: Asking, services: NamedDependency[Services], ref: Ref) -> Told:
    """Answer a case. What is not supported is not sent, unless over the warning and with a reason."""
    asked = await sent(request, Answering)
    body = asked.body
    case = await _case(services, ref)
    taken = Taken(
        case.ref,
        Step.ANSWER,
        asked.actor,
        services.tenant,
        body.note,
        to_name=body.public_name,
        keyed=asked.keyed,
    )
    before = await at_desk(lambda: services.ledger.desk.taken_before(taken))
    if before is not None:
        return json_of(told_step(before))
    checked = await _checked(request, services, case, body.text, body.tool_results)
    if not checked.may_leave and body.override_reason is None:
        raise NotSupported(checked)
    written = checked.answer(body.override_reason)
    return await _taken(services, asked, ref, Step.ANSWER, to_name=body.public_name, answer=written)


@post(PATH + "/{ref:str}/release", status_code=200, include_in_schema=False, opt=STAFF)
async def release(request: Asking, services: NamedDependency[Services], ref: Ref) -> Told:
    return await _taken(services, await sent(request, Acting), ref, Step.RELEASE)


@post(PATH + "/{ref:str}/reassign", status_code=200, include_in_schema=False, opt=STAFF)
async def reassign(request: Asking, services: NamedDependency[Services], ref: Ref) -> Told:
    """Hand a case to somebody else, who then holds it."""
    asked = await sent(request, Reassigning)
    body, case = asked.body, await _case(services, ref)
    _expect_member(services, case.queue, body.to)
    more: dict[str, Any] = {"to": body.to, "to_name": body.public_name, "lease_s": body.lease_s}
    return await _taken(services, asked, ref, Step.REASSIGN, **more)


@post(PATH + "/{ref:str}/cancel", status_code=200, include_in_schema=False, opt=STAFF)
async def cancel(request: Asking, services: NamedDependency[Services], ref: Ref) -> Told:
    """End a case without an answer; ``note`` says why."""
    asked = await sent(request, Acting)
    if asked.body.note is None:
        message = "A case is not ended without a word: send `note`, which says why."
        raise InvalidRequest(message, param="note", code="invalid_value")
    return await _taken(services, asked, ref, Step.CANCEL)


@post(PATH + "/{ref:str}/reopen", status_code=200, include_in_schema=False, opt=STAFF)
async def reopen(request: Asking, services: NamedDependency[Services], ref: Ref) -> Told:
    """Take up a case again that was over; its service target begins anew."""
    asked, case = await sent(request, Acting), await _case(services, ref)
    within = services.policies.current.queues.named(case.queue).answer_within
    due_at = None if within is None else datetime.now(UTC) + within
    return await _taken(services, asked, ref, Step.REOPEN, due_at=due_at)


async def at_desk(work: Callable[[], T]) -> T:
    """What the work returns, in a thread. Raises ProxyError for what the desk refuses or the ledger cannot do."""
    try:
        return await asyncio.to_thread(work)
    except StepRefused as refused:
        if refused.why == "unknown":
            raise CaseNotFound(refused.ref) from None
        raise NotNow(refused) from None
    except LedgerError as error:
        raise LedgerUnavailable(NOT_NOW) from error


async def _taken(services: Services, asked: Sent[Any], ref: str, step: Step, **more: Any) -> Told:
    body = asked.body
    taken = Taken(
        reference(ref),
        step,
        asked.actor,
        services.tenant,
        body.note,
        force=body.force,
        keyed=asked.keyed,
        **more,
    )
    done: Stepped = await at_desk(lambda: services.ledger.desk.take(taken))
    return json_of(told_step(done))


async def _case(services: Services, ref: str) -> DeskCase:
    """Raises CaseNotFound."""
    found = await at_desk(lambda: services.ledger.desk.case(reference(ref), services.tenant))
    if found is None:
        raise CaseNotFound(ref)
    return found


async def _checked(
    request: Asking, services: Services, case: DeskCase, text: str, tool_results: Sequence[str]
) -> Checked:
    decision = await at_desk(lambda: services.ledger.answer(case.response_id))
    trace, headers = request.scope["state"]["trace"], headers_of(request)
    return await checked_text(services, case, decision, text, trace, headers, tool_results)


def _handed_over(services: Services, ref: str) -> dict[str, Any]:
    desk, customers = services.ledger.desk, services.ledger.customers
    case = desk.case(ref, services.tenant)
    if case is None:
        raise CaseNotFound(ref)
    promises = (
        customers.promises(customer_id=case.customer_id, tenant=services.tenant) if case.customer_id else []
    )
    conversation = desk.conversation(case, MOST_TURNS)
    return handed_over(case, desk.events(ref), desk.answers(ref), conversation, promises, datetime.now(UTC))


def _expect_member(services: Services, queue: str, person: str) -> None:
    """Where a queue names its members, nobody else takes its cases. Raises ScopeMissing."""
    if queue in services.policies.current.queues.closed_to(person):
        raise ScopeMissing(
            f"{person} is no member of the queue {queue!r}; policies/queues.yaml names its members.",
            param="actor",
            code="not_a_member",
        )


def json_of(body: Any) -> Told:
    return Response(msgspec.json.encode(body), media_type="application/json")


STEPS = (claim_next, claim, check, answer, release, reassign, cancel, reopen)
