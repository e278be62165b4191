"""``/console/recall``: who was told something, past answers judged again, and what customers are told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from proxy.access.people.roles import APPROVERS, Person, Role
from proxy.console.case.forms import LONGEST_ANSWER, LONGEST_NOTE, text_of
from proxy.console.failures import words as failure_words
from proxy.console.frame import Asking, console_of, fragment, page
from proxy.console.guards import requires
from proxy.console.problem import Problem
from proxy.console.recall import asked as form
from proxy.console.recall import words
from proxy.console.recall.found import readable_groups
from proxy.console.recall.opened import MOST_SHOWN, Opened, opened_recall, readable, recall_of
from proxy.console.reviewing import reviewing_of
from proxy.console.section import CONSOLE, Section
from proxy.ledger.recall.corrected import note_contained, resolve
from proxy.ledger.recall.corrections import CorrectionRefused
from proxy.ledger.recall.records import Correction, Recall, RecallState
from proxy.recovery.recall.approving import approve_all, drafts_of
from proxy.wire.services import Services

RECALL = f"{CONSOLE}/recall"
ACTORS = (Role.REVIEWER, Role.LEAD, Role.POLICY_OWNER)


@get(RECALL, guards=[requires(Role.VIEWER)])
async def recalls(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """Two ways to begin one, and those that there are."""
    told, jobs = form.told(request.query_params), console_of(request).recalls

    def read() -> tuple[list[Recall], Mapping[str, Mapping[str, int]]]:
        ledger = services.ledger
        return ledger.recalls.newest(person.tenant), ledger.corrections.counted(person.tenant)

    found, corrections = await asyncio.to_thread(read)
    return page(
        request,
        "recall/list.html",
        title="Recall",
        told=told,
        periods=form.PERIODS,
        longest=form.LONGEST,
        documents=sorted(one.id for one in services.corpus.current.documents),
        found=found,
        corrections=corrections,
        words=words,
        may_act=person.may(*ACTORS),
        running=jobs.running.get(person.tenant),
        wrong=jobs.problems.get(person.tenant),
    )


@get(f"{RECALL}/found", guards=[requires(*ACTORS)])
async def found(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """Who was told something, in groups, the riskiest first."""
    told = form.told(request.query_params)
    if not told.text:
        raise Problem("Write what was told", "A sentence or some words, such as: 90 days after travel.", 422)
    options = ("--json", "--limit", str(MOST_SHOWN), *form.options_of(services))
    every = await console_of(request).children.rows("recall", "find", *options, *told.options)
    groups = await asyncio.to_thread(readable_groups, reviewing_of(request, person), person, every)
    return fragment(request, "recall/_found.html", groups=groups, told=told, longest=form.LONGEST)


@post(f"{RECALL}/wrong", guards=[requires(*ACTORS)], status_code=303)
async def call_back(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[Any]:
    """What was found was wrong: a recall is opened, with a failure for each answer."""
    sent = await request.form()
    told, why = form.told(sent), text_of(sent, "why", form.LONGEST)
    if not told.text or not why:
        raise Problem("Nothing was changed", "Write what was told, and why it was wrong.", 422)
    options = ("--json", "--wrong", why, *_by(person, services))
    _begin(request, services, f"recalling “{told.text}”", "find", *options, *told.options)
    return Redirect(RECALL, status_code=303)


@post(f"{RECALL}/check", guards=[requires(*ACTORS)], status_code=303)
async def judge_again(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[Any]:
    """Past answers are held against the text of then and of today."""
    what, options = form.checked(await request.form(), services)
    _check(request, person, services, what, *options)
    return Redirect(RECALL, status_code=303)


@get(RECALL + "/{ref:str}", guards=[requires(Role.VIEWER)])
async def recall(request: Asking, person: NamedDependency[Person], ref: FromPath[str]) -> Response[str]:
    """One recall: what it found, what customers are told, and whether they are whole again."""
    state, console = request.query_params.get("show", ""), console_of(request)
    reviewing = reviewing_of(request, person)
    opened: Opened = await asyncio.to_thread(opened_recall, reviewing, person, ref, state)
    running = console.recalls.running.get(person.tenant)
    return page(
        request,
        "recall/one.html",
        title=ref,
        opened=opened,
        recall=opened.recall,
        state=state,
        most=MOST_SHOWN,
        words=words,
        failure_words=failure_words,
        running=running,
        wrong=console.recalls.problems.get(person.tenant),
        is_left=opened.recall.state == RecallState.RUNNING and running is None,
        ways=console.ways.of(person.tenant),
        needed=console.ways.recall.approvals_needed,
        may_act=person.may(*ACTORS),
        may_approve=person.may(*APPROVERS),
        longest=LONGEST_ANSWER,
        longest_note=LONGEST_NOTE,
    )


@post(RECALL + "/{ref:str}/{what:str}", guards=[requires(*ACTORS)], status_code=303)
async def with_recall(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    ref: FromPath[str],
    what: FromPath[str],
) -> Response[Any]:
    """Go on with a recall, draft its corrections, approve all that are sound, or note that it is contained."""
    sent, ledger, now = await request.form(), services.ledger, datetime.now(UTC)
    one = await asyncio.to_thread(recall_of, ledger, person, ref)
    if what == "resume":
        _check(request, person, services, f"going on with {ref}", "--resume", ref)
    elif what == "draft":
        options = ("--json", *form.options_of(services), *form.policies_of(services))
        _begin(request, services, f"drafting corrections of {ref}", "draft", ref, *options)
    elif what == "contain":
        because = text_of(sent, "because", LONGEST_NOTE)
        if not because:
            raise Problem("Nothing was changed", "Write what keeps it from more customers.", 422)
        await asyncio.to_thread(
            note_contained, ledger.recalls, ledger.failures, one, because, person.email, now
        )
    elif what == "approve" and person.may(*APPROVERS):
        await asyncio.to_thread(_approve_all, request, person, ref, _way(request, person, sent))
    else:
        raise NotFoundException
    return Redirect(f"{RECALL}/{quote(ref, safe='')}", status_code=303)


@post(
    RECALL + "/{ref:str}/corrections/{number:int}/{what:str}",
    guards=[requires(*ACTORS)],
    status_code=303,
)
async def with_correction(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    ref: FromPath[str],
    number: FromPath[int],
    what: FromPath[str],
) -> Response[Any]:
    """Approve a correction, take that back, write it anew, decide that it is not sent, or say what became of it."""
    sent = await request.form()
    one = await asyncio.to_thread(_correction, request, person, ref, number)
    if what == "rewrite":
        await _rewrite(request, person, services, one, sent)
    else:
        step = _step(request, person, services, one, what, sent)
        try:
            await asyncio.to_thread(step)
        except CorrectionRefused as refused:
            raise Problem("Nothing was changed", f"{str(refused).capitalize()}.", 409) from None
    return Redirect(f"{RECALL}/{quote(ref, safe='')}#correction-{number}", status_code=303)


def _step(
    request: Asking, person: Person, services: Services, one: Correction, what: str, sent: FormMultiDict
) -> Callable[[], object]:
    """Raises NotFoundException for what there is not, or who may not."""
    boxes, now, by = services.ledger.corrections, datetime.now(UTC), person.email
    steps: dict[str, Callable[[], object]] = {"sent": lambda: _resolve(services, one, by, now, is_sent=True)}
    steps["not-sent"] = lambda: _resolve(services, one, by, now, is_sent=False)
    if person.may(*APPROVERS):
        needed = console_of(request).ways.recall.approvals_needed
        steps["approve"] = lambda: boxes.approve(
            _as_read(one, sent), _way(request, person, sent), by, now, needed
        )
        steps["withdraw"] = lambda: boxes.withdraw(one.id, by, now)
        steps["dismiss"] = lambda: boxes.dismiss(one.id, by)
    if what not in steps:
        raise NotFoundException
    return steps[what]


def _as_read(one: Correction, sent: FormMultiDict) -> Correction:
    """Raises Problem where it does not say any more what the page showed."""
    if text_of(sent, "read", 64) != one.text_digest:
        raise Problem("Nothing was changed", "Its text was written anew meanwhile. Read it first.", 409)
    return one


def _approve_all(request: Asking, person: Person, ref: str, by: str) -> None:
    """All sound drafts that this person may read: somebody else decides on the others."""
    reviewing, needed = reviewing_of(request, person), console_of(request).ways.recall.approvals_needed
    drafts = readable(reviewing, person, ref, drafts_of(reviewing.ledger, person.tenant, ref))
    approve_all(reviewing.ledger, drafts, by, person.email, datetime.now(UTC), needed)


def _resolve(services: Services, one: Correction, by: str, now: datetime, *, is_sent: bool) -> None:
    ledger = services.ledger
    tables = ledger.corrections, ledger.recalls, ledger.failures
    resolve(*tables, one, sent=is_sent, actor=by, now=now)


async def _rewrite(
    request: Asking, person: Person, services: Services, one: Correction, sent: FormMultiDict
) -> None:
    """What is written is held against today's documents, as any answer is."""
    text = text_of(sent, "text", LONGEST_ANSWER)
    if not text:
        raise Problem("Nothing was changed", "Write what the customer is to be told.", 422)
    options = ("--json", *_by(person, services))
    await console_of(request).children.rows("recall", "rewrite", *options, "--", str(one.id), text)


def _correction(request: Asking, person: Person, ref: str, number: int) -> Correction:
    """Raises NotFoundException, and Problem where this person may still be asked to judge what it is about."""
    reviewing = reviewing_of(request, person)
    found = reviewing.ledger.corrections.of(person.tenant, ref=ref, ids=[number])
    if not found:
        raise NotFoundException
    if not readable(reviewing, person, ref, found):
        told = "You may be asked to judge an answer that it is about: somebody else decides on it."
        raise Problem("Not now", told, 409)
    return found[0]


def _way(request: Asking, person: Person, sent: FormMultiDict) -> str:
    """How it is sent. Raises Problem where that leads nowhere."""
    by, ways = text_of(sent, "by", 60), console_of(request).ways
    by = by or ways.recall.send_by
    if (problem := ways.problem(by, person.tenant)) is not None:
        raise Problem("Nothing was changed", f"It cannot be sent by {by}: {problem}.", 422)
    return by


def _check(request: Asking, person: Person, services: Services, what: str, *options: str) -> None:
    _begin(request, services, what, "check", "--json", *options, *_by(person, services))


def _by(person: Person, services: Services) -> tuple[str, ...]:
    """The options that name whose recall it is, and by which documents and policies."""
    return ("--actor", person.email, *form.options_of(services), *form.policies_of(services))


def _begin(request: Asking, services: Services, what: str, *arguments: str) -> None:
    console_of(request).recalls.begin(services, what, *arguments)


SECTION = Section(
    "Recall", RECALL, (recalls, found, call_back, judge_again, recall, with_recall, with_correction)
)
