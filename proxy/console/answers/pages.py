"""``/console/answers``: the search, and one answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from proxy.access.people.roles import Person, Role
from proxy.console.answers import asked as form
from proxy.console.answers.found import Found, Row, find, rows_for
from proxy.console.answers.path import path_of
from proxy.console.failures import words
from proxy.console.frame import Asking, console_of, page
from proxy.console.guards import requires
from proxy.console.policies.pages import kept_text, read_text
from proxy.console.reviewing import note_read, reviewing_of, withheld
from proxy.console.section import CONSOLE, Section
from proxy.corpus.reading import ReadDocument
from proxy.wire.services import Services

ANSWERS = f"{CONSOLE}/answers"
A_PAGE = 50


@get(ANSWERS, guards=[requires(Role.VIEWER)])
async def answers(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """The newest answers that fit what the address asks for, as far as this person may read them (``found.py``)."""
    asked = form.asked(request.query_params)
    query, after = asked.query(person.tenant, datetime.now(UTC)), asked.place

    def read() -> Found:
        return find(reviewing_of(request, person), person, asked, query, after, A_PAGE)

    found = await asyncio.to_thread(read)
    return page(
        request,
        "answers/list.html",
        title="Answers",
        asked=asked,
        form=form,
        rows=found.rows,
        older=asked.older_than(found.last) if found.last else "",
    )


@get(ANSWERS + "/{response_id:str}", guards=[requires(Role.VIEWER)])
async def answer(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    response_id: FromPath[str],
) -> Response[str]:
    """One answer as the path of its decision."""

    def read() -> tuple[Row | None, dict[str, str]]:
        record = services.ledger.answer(response_id)
        if record is None or record.tenant != person.tenant:
            return None, {}
        version = record.versions.get("corpus")
        texts = services.ledger.corpus_version(version) if version else {}
        return rows_for(reviewing_of(request, person), person, [record])[0], texts

    row, texts = await asyncio.to_thread(read)
    if row is None:
        raise NotFoundException
    record = row.record
    if row.withheld:
        return page(request, "answers/withheld.html", title="Answer", record=record)
    if row.blind:
        return page(request, "answers/blind.html", title="Answer", record=record)
    jaeger = console_of(request).options.jaeger_url

    def rest() -> Any:
        told = services.ledger.desk.told_by(response_id)
        note_read(reviewing_of(request, person), person, told, datetime.now(UTC))
        return services.ledger.failures.of_answer(response_id, tenant=person.tenant)

    failures = await asyncio.to_thread(rest)
    return page(
        request,
        "answers/one.html",
        title="Answer",
        path=path_of(record),
        texts=texts,
        failures=failures,
        failure_words=words,
        trace_url=f"{jaeger}/trace/{record.trace_id}" if jaeger and record.trace_id else "",
    )


@post(ANSWERS + "/{response_id:str}/read", guards=[requires(Role.REVIEWER)], status_code=303)
async def read_by_choice(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    response_id: FromPath[str],
) -> Response[Any]:
    """Read an answer that may come to be reviewed, and have no part in its review."""

    def noted() -> bool:
        record = services.ledger.answer(response_id)
        if record is None or record.tenant != person.tenant:
            return False
        reviewing = reviewing_of(request, person)
        if withheld(reviewing, person, [record]):
            reviewing.read_by_choice(response_id, person.id, datetime.now(UTC))
        return True

    if not await asyncio.to_thread(noted):
        raise NotFoundException
    return Redirect(f"{ANSWERS}/{quote(response_id, safe='')}", status_code=303)


@get(ANSWERS + "/{response_id:str}/policy", guards=[requires(Role.VIEWER)])
async def cited_text(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    response_id: FromPath[str],
) -> Response[str]:
    """A document as it stood when the answer was given."""
    named = request.query_params.get("document", "")

    def read() -> ReadDocument | None:
        record = services.ledger.answer(response_id)
        version = record.versions.get("corpus") if record and record.tenant == person.tenant else None
        content_hash = services.ledger.corpus_version(version).get(named) if version else None
        content = services.ledger.document_content(content_hash) if content_hash else None
        known = (one.path for one in services.corpus.current.documents if one.id == named)
        return None if content is None else read_text(next(known, f"{named}.md"), content)

    found = await asyncio.to_thread(read)
    if found is None:
        raise NotFoundException
    return kept_text(request, found, "as it stood when the answer was given")


SECTION = Section("Answers", ANSWERS, (answers, answer, read_by_choice, cited_text))
