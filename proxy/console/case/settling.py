"""Settling a case: approve, correct, reject, or hand over.

All of it needs the case to be held and its answer to have been judged. What leaves was checked before, as a
model's answer is; where policy does not cover it, it leaves with a reason alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from proxy.access.people.roles import Person, Role
from proxy.console.case.addresses import CASES
from proxy.console.case.drafts import checked
from proxy.console.case.forms import LONGEST_ANSWER, LONGEST_NOTE, text_of
from proxy.console.case.opened import OpenedCase, open_case
from proxy.console.case.page import model_answer, review_values, shown_claims
from proxy.console.case.settle_form import (
    APPROVE,
    CORRECT,
    HAND_OVER,
    REJECT,
    Form,
    checked_sentences,
    colleagues,
    rejection_of,
    settling_values,
    with_warnings,
)
from proxy.console.errors import Problem
from proxy.console.frame import Asking, fragment
from proxy.console.guards import requires
from proxy.console.reviewing import reviewing_of
from proxy.ledger.desk.desk import StepRefused
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import Taken
from proxy.ledger.ledger import LedgerError
from proxy.review.errors import ReviewError
from proxy.wire.services import Services

log = structlog.get_logger(__name__)
_CASE = CASES + "/{ref:str}"
TO_QUEUE = "queue"
HANDED_OVER_S = 3_600.0  # a colleague has an hour to open it before it goes back to the queue
_HEADINGS = {
    APPROVE: "The model’s answer is sent",
    CORRECT: "Your answer is sent",
    REJECT: "The answer is rejected",
}
_DONE = {
    APPROVE: "approved the model's answer",
    CORRECT: "corrected the answer",
    REJECT: "rejected the answer",
}
_NOT_JUDGED = (
    "Judge the sentences that you are asked of, each with its text on your screen. Then settle the case."
)


@post(f"{_CASE}/draft", guards=[requires(Role.REVIEWER)], status_code=200)
async def draft(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    """What checking finds in a text that is being written; nothing is kept."""
    text = text_of(await request.form(), "text", LONGEST_ANSWER)
    opened = await asyncio.to_thread(_settleable, request, services, person, ref)
    if not text:
        return fragment(request, "case/_draft.html", claims=[], unverified=None)
    found = await checked(services, opened, text)
    sentences, unverified = checked_sentences(found.found["claims"]), found.found["unverified_reason"]
    return fragment(request, "case/_draft.html", claims=sentences, unverified=unverified)


@post(f"{_CASE}/approve", guards=[requires(Role.REVIEWER)], status_code=200)
async def approve(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    """Send the model's answer as it is."""
    override = text_of(await request.form(), "override_reason", LONGEST_NOTE)
    opened = await asyncio.to_thread(_settleable, request, services, person, ref)
    form = Form(APPROVE, text=model_answer(opened.decision), override_reason=override)
    return await _send(request, services, person, opened, form)


@post(f"{_CASE}/correct", guards=[requires(Role.REVIEWER)], status_code=200)
async def correct(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    """Send the reviewer's own answer."""
    sent = await request.form()
    text, override = text_of(sent, "text", LONGEST_ANSWER), text_of(sent, "override_reason", LONGEST_NOTE)
    opened = await asyncio.to_thread(_settleable, request, services, person, ref)
    return await _send(request, services, person, opened, Form(CORRECT, text=text, override_reason=override))


@post(f"{_CASE}/reject", guards=[requires(Role.REVIEWER)], status_code=200)
async def reject(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    """Do not let it be said; the reason is for the record, and the customer is told where else to turn."""
    sent = await request.form()
    form = Form(
        REJECT,
        text=text_of(sent, "text", LONGEST_ANSWER),
        reason=text_of(sent, "reason", LONGEST_NOTE),
        override_reason=text_of(sent, "override_reason", LONGEST_NOTE),
    )
    opened = await asyncio.to_thread(_settleable, request, services, person, ref)
    if not form.override_reason and form.text == rejection_of(services, opened).strip():
        # The operator's own words, which say nothing of policy: why it is rejected is why they are right.
        form = replace(form, override_reason=form.reason)
    return await _send(request, services, person, opened, form)


@post(f"{_CASE}/hand-over", guards=[requires(Role.REVIEWER)], status_code=200)
async def hand_over(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], ref: FromPath[str]
) -> Response[str]:
    """Give the case to a colleague, or back to the queue, with a note."""
    sent = await request.form()
    to, note = text_of(sent, "to", 100), text_of(sent, "note", LONGEST_NOTE)
    opened = await asyncio.to_thread(_settleable, request, services, person, ref)
    others = await asyncio.to_thread(colleagues, services, person, opened.case.queue)
    colleague = next((one for one in others if one.id == to), None)
    if not note or (colleague is None and to != TO_QUEUE):
        problem = "Choose who gets it, and write what they should know."
        return await _again(request, services, person, opened, Form(HAND_OVER, note=note, problem=problem))
    taken = Taken(ref, Step.RELEASE, person.id, person.tenant, note)
    if colleague is not None:
        given = replace(taken, step=Step.REASSIGN, to=colleague.id, to_name=colleague.name)
        taken = replace(given, lease_s=HANDED_OVER_S)
    await asyncio.to_thread(_take, request, services, person, opened, taken)
    who = colleague.name if colleague else "whoever takes it next"
    return _settled(request, "The case is handed over", f"It goes to {who}, with your note.")


async def _send(
    request: Asking, services: Services, person: Person, opened: OpenedCase, form: Form
) -> Response[str]:
    """Check the text, and send it where nothing stands against it or a reason is given."""
    problem = _missing(form)
    if problem:
        return await _again(request, services, person, opened, replace(form, problem=problem))
    found = await checked(services, opened, form.text)
    if not found.may_leave and not form.override_reason:
        return await _again(request, services, person, opened, with_warnings(form, found))
    taken = Taken(
        opened.case.ref,
        Step.ANSWER,
        person.id,
        person.tenant,
        note=f"{_DONE[form.action]}: {form.reason}" if form.reason else _DONE[form.action],
        to_name=person.name,
        answer=found.answer(form.override_reason),
    )
    await asyncio.to_thread(_take, request, services, person, opened, taken)
    return _settled(
        request, _HEADINGS[form.action], "The customer reads it when they next write in the chat."
    )


def _missing(form: Form) -> str:
    """What was left out, in words."""
    if form.action == REJECT and not form.reason:
        return "Write why it cannot be said."
    if not form.text:
        return (
            "There is no answer of the model’s to send."
            if form.action == APPROVE
            else "Write the answer first."
        )
    return ""


def _settleable(request: Asking, services: Services, person: Person, ref: str) -> OpenedCase:
    """The case, ready to be settled by this person. Raises Problem."""
    opened = open_case(services.ledger, reviewing_of(request, person), person, ref, datetime.now(UTC))
    if not opened.lease.is_mine:
        raise Problem("You do not hold this case (any more)", "Take it again, if nobody else has.", 409)
    if not opened.is_revealed:
        raise Problem("Not judged yet", _NOT_JUDGED, 409)
    return opened


def _take(request: Asking, services: Services, person: Person, opened: OpenedCase, taken: Taken) -> None:
    """Take the step, and end the review. Raises Problem where the case is somebody else's by now."""
    try:
        services.ledger.desk.take(taken)
    except StepRefused as refused:
        raise Problem("Nothing was sent", str(refused), 409) from None
    if opened.given is None or opened.given.ended:
        return
    try:
        reviewing_of(request, person).finish(opened.given.id, person.id, datetime.now(UTC))
    except (LedgerError, ReviewError):  # what left has left: nobody is to be told that it has not
        log.exception("the review of a settled case was not ended", ref=taken.ref)


async def _again(
    request: Asking, services: Services, person: Person, opened: OpenedCase, form: Form
) -> Response[str]:
    """The actions with what was sent and what is wrong with it."""

    def values() -> dict[str, Any]:
        claims = shown_claims(services.ledger, opened)
        return {
            **review_values(opened, claims),
            **settling_values(services, person, opened, claims, form),
        }

    return fragment(request, "case/_actions.html", status=422, **await asyncio.to_thread(values))


def _settled(request: Asking, heading: str, text: str) -> Response[str]:
    """In place of the actions; who holds the case now is told at the top of the page, too."""
    return fragment(request, "case/_settled.html", heading=heading, text=text)
