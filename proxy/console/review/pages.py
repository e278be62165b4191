"""One answer after another to review, as those of cases are; neither its kind, nor who else had it, is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from proxy.access.people.roles import Person, Role
from proxy.console.case.claims import given_claims
from proxy.console.case.forms import sent_judgement
from proxy.console.case.judging import keep_judgement
from proxy.console.case.page import WORDS, Refused, claims_values
from proxy.console.case.passages import DocumentsThen
from proxy.console.errors import Problem
from proxy.console.frame import Asking, fragment, page
from proxy.console.guards import requires
from proxy.console.reviewing import reviewing_of
from proxy.console.section import REVIEW, Section
from proxy.review.errors import ReviewError
from proxy.review.giving import Ended, Reviewing
from proxy.review.views import Given


@get(REVIEW, guards=[requires(Role.REVIEWER)])
async def review(request: Asking, person: NamedDependency[Person]) -> Response[str]:
    """What this person reviews next; what they have begun, where they have."""

    def values() -> dict[str, Any]:
        reviewing = reviewing_of(request, person)
        given = reviewing.next_review(person.id, datetime.now(UTC))
        return {"given": given} if given is None else _values(reviewing, given, None)

    return page(request, "review/page.html", title="Review", **await asyncio.to_thread(values))


@post(REVIEW + "/{giving:str}/claims/{number:int}", guards=[requires(Role.REVIEWER)], status_code=200)
async def judge(
    request: Asking, person: NamedDependency[Person], giving: FromPath[str], number: FromPath[int]
) -> Response[str]:
    sent = sent_judgement(await request.form())

    def judged() -> dict[str, Any]:
        reviewing = reviewing_of(request, person)
        given = _given(reviewing, giving, person)
        claims = given_claims(given, DocumentsThen(reviewing.ledger, given.corpus_version))
        refused = keep_judgement(reviewing, given, claims, number, sent, datetime.now(UTC))
        return _values(reviewing, _given(reviewing, giving, person), refused)

    return fragment(request, "case/_review.html", **await asyncio.to_thread(judged))


@post(REVIEW + "/{giving:str}/finish", guards=[requires(Role.REVIEWER)], status_code=200)
async def finish(request: Asking, person: NamedDependency[Person], giving: FromPath[str]) -> Response[str]:
    """End it; at a burst's end the person hears which answers were seeded, and what they caught."""

    def ended() -> Ended:
        try:
            return reviewing_of(request, person).finish(giving, person.id, datetime.now(UTC))
        except ReviewError as error:
            raise _problem(error) from None

    done = await asyncio.to_thread(ended)
    return fragment(request, "review/_done.html", feedback=done.feedback, words=WORDS)


def _given(reviewing: Reviewing, giving: str, person: Person) -> Given:
    try:
        return reviewing.given(giving, person.id)
    except ReviewError as error:
        raise _problem(error) from None


def _problem(error: ReviewError) -> Problem:
    text = str(error)
    return Problem("This review cannot go on", f"{text[:1].upper()}{text[1:]}.", 409)


def _values(reviewing: Reviewing, given: Given, refused: Refused | None) -> dict[str, Any]:
    claims = given_claims(given, DocumentsThen(reviewing.ledger, given.corpus_version))
    return {
        **claims_values(claims, refused),
        "given": given,
        "case": None,
        "address": f"{REVIEW}/{given.id}",
        "may_judge": not given.ended,
        "revealed": given.revealed,
        "answer_text": given.answer,
        "nothing": None,
        "ending": "review/_finish.html",
    }


SECTION = Section("Review", REVIEW, (review, judge, finish), roles=(Role.REVIEWER,))
