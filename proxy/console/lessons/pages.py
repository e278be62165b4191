"""``/console/failures/lessons``: what was learned and what waits; and what one failure teaches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from proxy.access.people.roles import Person, Role
from proxy.authoring.cases.options import EXPECTED
from proxy.console.case.forms import LONGEST_ANSWER, LONGEST_NOTE
from proxy.console.failures.opened import Opened, opened_failure, tell
from proxy.console.failures.steps import ACTORS
from proxy.console.failures.told import FAILURES, blamed_sentences
from proxy.console.frame import Asking, is_htmx, page
from proxy.console.guards import requires
from proxy.console.lessons import case, note, rule, seeded
from proxy.console.lessons.asked import Asked
from proxy.console.problem import Problem
from proxy.console.rules.pages import DECIDERS, RULES
from proxy.console.section import Section
from proxy.ledger.failures.lessons import (
    CASE,
    KINDS,
    NOTE,
    RULE,
    SEEDED,
    Lesson,
    holds_now,
    lessons_of_file,
)
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.policies.rule_proposals import RuleProposal
from proxy.wire.services import Services

LESSONS = f"{FAILURES}/lessons"


@get(LESSONS, guards=[requires(Role.VIEWER)])
async def lessons(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """What was learned of failures, and what waits."""

    def read() -> tuple[list[Lesson], dict[str, RuleProposal]]:
        found = services.ledger.failures.lessons(person.tenant)
        return found, _proposals(services, person, found)

    found, proposals = await asyncio.to_thread(read)
    return page(
        request,
        "lessons/list.html",
        title="Lessons",
        waiting=[one for one in found if one.waits],
        learned=[one for one in found if not one.waits],
        kinds=KINDS,
        proposals=proposals,
    )


@get(FAILURES + "/{failure_id:str}/lessons", guards=[requires(*ACTORS)])
async def lessons_of_failure(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    failure_id: FromPath[str],
) -> Response[Any]:
    """What one failure teaches: what there is, and what can be made of it with one click."""

    def read() -> tuple[Opened, list[Lesson], dict[str, RuleProposal]]:
        opened = opened_failure(request, person, failure_id)
        found = lessons_of_file(opened.file)
        return opened, found, _proposals(services, person, found)

    opened, found, proposals = await asyncio.to_thread(read)
    if opened.withheld:
        return Redirect(f"{FAILURES}/{quote(failure_id, safe='')}", status_code=303)
    file, record = opened.file, opened.around.record
    blamed = blamed_sentences(record) if record else []
    said = str((blamed[0].get("blocked_text") or blamed[0].get("text") or "") if blamed else "")
    return page(
        request,
        "lessons/one.html",
        title=f"Lessons of {file.id}",
        file=file,
        closed=request.query_params.get("closed") == "yes",
        lessons=found,
        kinds=KINDS,
        proposals=proposals,
        case=case.suggested(file.failure, record, said),
        expected=EXPECTED,
        file_name=case.file_name(file.id),
        documents=note.documents_of(record, services.corpus.current.documents),
        choices=seeded.choices(record),
        blamed=said,
        truths=seeded.TRUTHS,
        usual_truth=seeded.usual_truth(file.failure.kind),
        rule=rule.suggested(file, record, person.email),
        hours=rule.HOURS,
        rules_url=RULES,
        may_propose=person.may(*DECIDERS) and services.policies.folder is not None,
        longest=LONGEST_NOTE,
        longest_answer=LONGEST_ANSWER,
    )


@post(FAILURES + "/{failure_id:str}/lessons/file", guards=[requires(*ACTORS)], status_code=200)
async def case_file(
    request: Asking, person: NamedDependency[Person], failure_id: FromPath[str]
) -> Response[str]:
    """The case as a file to download, for whoever keeps the policies elsewhere. Nothing is noted."""
    sent = await request.form()
    opened = await asyncio.to_thread(_readable, request, person, failure_id)
    text = case.case_text(opened.file.id, case.form_of(sent), opened.around.record)
    named = {"content-disposition": f'attachment; filename="{case.file_name(opened.file.id)}"'}
    return Response(text, media_type="application/yaml", headers=named)


@post(FAILURES + "/{failure_id:str}/lessons/{kind:str}", guards=[requires(*ACTORS)], status_code=303)
async def make_lesson(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    failure_id: FromPath[str],
    kind: FromPath[str],
) -> Response[Any]:
    """Make a case, an item, a proposed rule or a note of a failure, and keep with it that it was."""
    make = _MAKERS.get(kind)
    if make is None:
        raise NotFoundException
    sent = await request.form()
    opened = await asyncio.to_thread(_readable, request, person, failure_id)
    if not opened.file.state.counted:
        raise Problem("Nothing was changed", "It does not count as a failure; accept it first.", 409)
    event = await make(Asked(request, person, services, opened, sent, datetime.now(UTC)))
    await asyncio.to_thread(tell, services.ledger, opened.file, event)
    return _to_lessons(request, opened.file.id)


@post(FAILURES + "/{failure_id:str}/lessons/{kind:str}/again", guards=[requires(*ACTORS)], status_code=303)
async def look_again(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    failure_id: FromPath[str],
    kind: FromPath[str],
) -> Response[Any]:
    """Whether a lesson that waits holds by now. Raises Problem that says what is missing where it does not."""
    sent = await request.form()
    opened = await asyncio.to_thread(_readable, request, person, failure_id)
    found = lessons_of_file(opened.file)
    lesson = next((one for one in found if one.key == sent.get("key") and one.kind == kind), None)
    if lesson is None or kind not in _CHECKS:
        raise NotFoundException
    if lesson.waits:
        asked = Asked(request, person, services, opened, sent, datetime.now(UTC))
        await _CHECKS[kind](asked, lesson)
        held = holds_now(lesson, asked.now, person.name)
        await asyncio.to_thread(tell, services.ledger, opened.file, held)
    return _to_lessons(request, opened.file.id)


# A kind of lesson is one file: ``make`` makes it of a failure, ``check`` raises Problem where it does not hold yet.
_MAKERS: Mapping[str, Callable[[Asked], Awaitable[FailureEvent]]] = {
    CASE: case.make,
    SEEDED: seeded.make,
    RULE: rule.make,
    NOTE: note.make,
}
_CHECKS: Mapping[str, Callable[[Asked, Lesson], Awaitable[None]]] = {
    CASE: case.check,
    RULE: rule.check,
    NOTE: note.check,
}


def _readable(request: Asking, person: Person, failure_id: str) -> Opened:
    """Raises Problem where who asks may still be asked to judge its answer blind."""
    opened = opened_failure(request, person, failure_id)
    if opened.withheld:
        raise Problem("Not now", "You may be asked to judge this answer. Open the failure, and choose.", 409)
    return opened


def _proposals(services: Services, person: Person, found: Sequence[Lesson]) -> dict[str, RuleProposal]:
    table = services.ledger.rule_proposals
    named = {one.told("proposal") for one in found if one.waits and one.told("proposal")}
    known = ((name, table.find(name, person.tenant)) for name in named)
    return {name: one for name, one in known if one is not None}


def _to_lessons(request: Asking, failure_id: str) -> Response[Any]:
    there = f"{FAILURES}/{quote(failure_id, safe='')}/lessons"
    if is_htmx(request):
        return Response("", headers={"hx-redirect": there}, status_code=200)
    return Redirect(there, status_code=303)


SECTION = Section("", LESSONS, (lessons, lessons_of_failure, case_file, make_lesson, look_again))
