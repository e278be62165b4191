"""``/console/failures``: the list, one failure followed from the customer's message, and what people say of it."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from proxy.access.people.roles import Person, Role
from proxy.console.case.forms import LONGEST_NOTE
from proxy.console.failures import asked as form
from proxy.console.failures import words
from proxy.console.failures.listed import Listed, listed
from proxy.console.failures.opened import opened_failure, tell
from proxy.console.failures.steps import ACTORS, BY_NAME, event_of, offered, time_of
from proxy.console.failures.told import (
    FAILURES,
    KNEW_AT_ONCE,
    blamed_sentences,
    clocks_of,
    money,
    next_step,
    steps_of,
    traces_address,
)
from proxy.console.frame import Asking, console_of, page
from proxy.console.guards import requires
from proxy.console.problem import Problem
from proxy.console.reviewing import reviewing_of
from proxy.console.section import Section
from proxy.ledger.failures.lessons import KINDS, lessons_of_file
from proxy.ledger.failures.records import Step
from proxy.wire.services import Services

A_PAGE = 50
CLOSING = (Step.RESTORED, Step.CANCELLED, Step.EXPIRED)  # who closes a failure is asked what it teaches


@get(FAILURES, guards=[requires(Role.VIEWER)])
async def failures(request: Asking, person: NamedDependency[Person]) -> Response[str]:
    """What went wrong: what is open, the most severe first, unless it is asked otherwise."""
    asked = form.asked(request.query_params)

    def read() -> Listed:
        return listed(reviewing_of(request, person), person, asked, A_PAGE)

    found = await asyncio.to_thread(read)
    return page(
        request,
        "failures/list.html",
        title="Failures",
        asked=asked,
        form=form,
        words=words,
        found=found,
        now=datetime.now(UTC),
        more=asked.behind(found.last) if found.last else "",
        money=money,
    )


@get(FAILURES + "/{failure_id:str}", guards=[requires(Role.VIEWER)])
async def failure(
    request: Asking, person: NamedDependency[Person], failure_id: FromPath[str]
) -> Response[str]:
    """One failure, from the customer's message until they are whole; with ``known_at`` as it was known then."""
    now, written = datetime.now(UTC), request.query_params.get("known_at", "")
    known_by = min(now, time_of(written, otherwise="Nothing was looked up")) if written else None
    opened = await asyncio.to_thread(opened_failure, request, person, failure_id, known_by)
    file, then = opened.file, known_by or now
    if opened.withheld:
        return page(request, "failures/withheld.html", title=file.id, file=file, words=words)
    may_tell = person.may(*ACTORS) and known_by is None
    actions = offered(file.state, now) if may_tell else []
    jaeger = console_of(request).options.jaeger_url or ""
    return page(
        request,
        "failures/one.html",
        title=file.id,
        file=file,
        known_by=known_by,
        around=opened.around,
        unread=opened.unread,
        knew_at_once=KNEW_AT_ONCE,
        blamed=blamed_sentences(opened.around.record) if opened.around.record else (),
        steps=steps_of(file),
        clocks=clocks_of(file.state, then),
        next_step=next_step(file.state),
        actions=actions,
        chosen=next((one for one in actions if one.name == request.query_params.get("say")), None),
        may_learn=file.state.counted and may_tell,
        lessons=lessons_of_file(file),
        kinds=KINDS,
        words=words,
        money=money,
        once=secrets.token_hex(8),
        longest=LONGEST_NOTE,
        jaeger=jaeger,
        traces_url=traces_address(jaeger, file, now) if jaeger else "",
    )


@post(FAILURES + "/{failure_id:str}/read", guards=[requires(Role.REVIEWER)], status_code=303)
async def read_by_choice(
    request: Asking, person: NamedDependency[Person], failure_id: FromPath[str]
) -> Response[Any]:
    """Read the failure of an answer that may come to be reviewed, and have no part in its review."""

    def noted() -> None:
        opened = opened_failure(request, person, failure_id)
        if opened.withheld:
            answer = opened.file.failure.response_id or ""
            reviewing_of(request, person).read_by_choice(answer, person.id, datetime.now(UTC))

    await asyncio.to_thread(noted)
    return _back(failure_id)


@post(FAILURES + "/{failure_id:str}/{step:str}", guards=[requires(*ACTORS)], status_code=303)
async def tell_step(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    failure_id: FromPath[str],
    step: FromPath[str],
) -> Response[Any]:
    """Say what has happened to a failure."""
    sent, action = await request.form(), BY_NAME.get(step)
    if action is None:
        raise NotFoundException

    def told() -> None:
        opened = opened_failure(request, person, failure_id)
        if opened.withheld:
            raise Problem(
                "Not now", "You may be asked to judge this answer. Open the failure, and choose.", 409
            )
        event = event_of(action, sent, opened.file, person, datetime.now(UTC))
        tell(services.ledger, opened.file, event, everywhere=sent.get("everywhere") == "yes")

    await asyncio.to_thread(told)
    return _back(failure_id, "/lessons?closed=yes" if action.step in CLOSING else "")


def _back(failure_id: str, further: str = "") -> Redirect:
    return Redirect(f"{FAILURES}/{quote(failure_id, safe='')}{further}", status_code=303)


SECTION = Section("Failures", FAILURES, (failures, failure, read_by_choice, tell_step))
