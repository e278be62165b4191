"""The page of one case: reading it, taking it, keeping it, and judging its answer claim by claim."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from proxy.access.people.roles import Person, Role
from proxy.console.case.addresses import CASES, case_address
from proxy.console.case.forms import sent_judgement
from proxy.console.case.judging import keep_judgement
from proxy.console.case.opened import OpenedCase, case_of_tenant, lease_of, open_case
from proxy.console.case.page import case_values, review_values, shown_claims
from proxy.console.case.settle_form import settling_values
from proxy.console.case.similar import PastCase, similar_cases
from proxy.console.errors import Problem
from proxy.console.frame import Asking, fragment, page
from proxy.console.guards import requires
from proxy.console.membership import expect_member
from proxy.console.reviewing import note_read, reviewing_of
from proxy.ledger.desk.desk import StepRefused
from proxy.ledger.desk.lifecycle import SETTLED
from proxy.ledger.desk.queries import CaseFilter, Order
from proxy.ledger.desk.told import told_id
from proxy.ledger.ledger import Ledger
from proxy.wire.services import Services

PAST = 500  # cases that are looked through for similar ones
_CASE = CASES + "/{ref:str}"
_LOST = "You do not hold this case (any more)"


@get(_CASE, guards=[requires(Role.VIEWER)])
async def case(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    now = datetime.now(UTC)

    def values() -> dict[str, Any]:
        reviewing = reviewing_of(request, person)
        opened = open_case(services.ledger, reviewing, person, ref, now)
        claims = shown_claims(services.ledger, opened)
        note_read(reviewing, person, [told_id(ref, one.id) for one in opened.answers], now)
        return {
            **case_values(opened, claims, now),
            **settling_values(services, person, opened, claims),
        }

    return page(request, "case/page.html", title=f"Case {ref}", **await asyncio.to_thread(values))


@post(f"{_CASE}/claim", guards=[requires(Role.REVIEWER)], status_code=303)
async def claim(
    person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[Any]:
    """Hold the case. Raises Problem where somebody else was quicker, or its queue is for others."""

    def held() -> None:
        case = case_of_tenant(services.ledger, person, ref, datetime.now(UTC))
        expect_member(services, person, case.queue)
        services.ledger.desk.claim(case.ref, actor=person.id, tenant=person.tenant, name=person.name)

    try:
        await asyncio.to_thread(held)
    except StepRefused as refused:
        raise Problem("You cannot take this case", str(refused), 409) from None
    return Redirect(case_address(ref), status_code=303)


@post(f"{_CASE}/renew", guards=[requires(Role.REVIEWER)], status_code=200)
async def renew(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    """Hold it longer while its page is looked at; who lost it is told so, and does not take it back from another."""

    def lease() -> dict[str, Any]:
        now = datetime.now(UTC)
        one = case_of_tenant(services.ledger, person, ref, now)
        if one.holder == person.id and one.held_until is not None:
            services.ledger.desk.claim(ref, actor=person.id, tenant=person.tenant, name=person.name)
            one = case_of_tenant(services.ledger, person, ref, now)
        return {"case": one, "lease": lease_of(one, person)}

    return fragment(request, "case/_lease.html", **await asyncio.to_thread(lease))


@post(f"{_CASE}/release", guards=[requires(Role.REVIEWER)], status_code=303)
async def release(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[Any]:
    """Hold it no more; what was judged so far stays in one's own review."""
    desk = services.ledger.desk
    try:
        await asyncio.to_thread(lambda: desk.release(ref, actor=person.id, tenant=person.tenant))
    except StepRefused as refused:
        raise Problem(_LOST, str(refused), 409) from None
    return Redirect(case_address(ref), status_code=303)


@post(_CASE + "/claims/{number:int}", guards=[requires(Role.REVIEWER)], status_code=200)
async def judge(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    ref: FromPath[str],
    number: FromPath[int],
) -> Response[str]:
    """Keep a judgement of one claim: the blind one, and after the machine's is shown another one beside it."""
    sent = sent_judgement(await request.form())

    def judged() -> dict[str, Any]:
        now = datetime.now(UTC)
        opened = _held(services.ledger, request, person, ref, now)
        claims, refused = shown_claims(services.ledger, opened), None
        if opened.given is not None:
            refused = keep_judgement(reviewing_of(request, person), opened.given, claims, number, sent, now)
            opened = _held(services.ledger, request, person, ref, now)
            claims = shown_claims(services.ledger, opened)
        return {
            **review_values(opened, claims, refused),
            **settling_values(services, person, opened, claims),
        }

    return fragment(request, "case/_review.html", **await asyncio.to_thread(judged))


def _held(ledger: Ledger, request: Asking, person: Person, ref: str, now: datetime) -> OpenedCase:
    """The case as it is now. Raises Problem where this person does not hold it."""
    opened = open_case(ledger, reviewing_of(request, person), person, ref, now)
    if not opened.lease.is_mine:
        raise Problem(_LOST, "Nothing was kept. Take it again, if nobody else has.", 409)
    return opened


@get(f"{_CASE}/similar", guards=[requires(Role.VIEWER)])
async def similar(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    """Past cases of the tenant's that asked about the same thing."""

    def found() -> dict[str, Any]:
        desk = services.ledger.desk
        one = case_of_tenant(services.ledger, person, ref, datetime.now(UTC))
        others = desk.cases(CaseFilter(person.tenant, statuses=SETTLED), order=Order.NEWEST, limit=PAST)
        past = [
            PastCase(other.ref, other.question, other.opened_at, other.status)
            for other in others
            if other.ref != ref and other.question
        ]
        near = similar_cases(one.question or "", past, services.ahead.embed)
        last = {each.case.ref: answers[-1] for each in near if (answers := desk.answers(each.case.ref))}
        read = [told_id(of, answer.id) for of, answer in last.items()]
        note_read(reviewing_of(request, person), person, read, datetime.now(UTC))
        return {"similar": near, "outcomes": {of: answer.text for of, answer in last.items()}}

    return fragment(request, "case/_similar.html", **await asyncio.to_thread(found))
