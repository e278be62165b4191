"""``/console/answers``: the search, and one answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from proxy.access.people.roles import Person, Role
from proxy.console.answers import asked as form
from proxy.console.answers.path import claim_counts, delivered_text, path_of
from proxy.console.frame import Asking, console_of, page
from proxy.console.guards import requires
from proxy.console.policies.pages import kept_text, read_text
from proxy.console.reviewing import reviewing_of, to_judge
from proxy.console.section import CONSOLE, Section
from proxy.ledger.records import DecisionRecord
from proxy.wire.services import Services

ANSWERS = f"{CONSOLE}/answers"
A_PAGE = 50


@get(ANSWERS, guards=[requires(Role.VIEWER)])
async def answers(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """The newest answers that fit what the address asks for.

    Those that this person may be asked to judge blind are named without how they were judged, and not found by that.
    """
    asked = form.asked(request.query_params)
    query, after = asked.query(person.tenant, datetime.now(UTC)), asked.place
    search = services.ledger.answer_search

    def read() -> tuple[list[DecisionRecord], frozenset[str]]:
        page_of = search.page(query, after=after, limit=A_PAGE + 1)
        return page_of, to_judge(reviewing_of(request, person), person, page_of[:A_PAGE])

    found, blind = await asyncio.to_thread(read)
    shown = found[:A_PAGE]
    return page(
        request,
        "answers/list.html",
        title="Answers",
        asked=asked,
        form=form,
        rows=[
            (one, claim_counts(one), delivered_text(one), one.response_id in blind)
            for one in shown
            if not (asked.by_judgement and one.response_id in blind)
        ],
        older=asked.older_than(shown[-1]) if len(found) > A_PAGE else "",
    )


@get(ANSWERS + "/{response_id:str}", guards=[requires(Role.VIEWER)])
async def answer(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    response_id: FromPath[str],
) -> Response[str]:
    """One answer as the path of its decision."""

    def read() -> tuple[DecisionRecord | None, dict[str, str], bool]:
        record = services.ledger.answer(response_id)
        if record is None or record.tenant != person.tenant:
            return None, {}, False
        version = record.versions.get("corpus")
        texts = services.ledger.corpus_version(version) if version else {}
        return record, texts, bool(to_judge(reviewing_of(request, person), person, [record]))

    record, texts, is_blind = await asyncio.to_thread(read)
    if record is None:
        raise NotFoundException
    if is_blind:
        return page(request, "answers/blind.html", title="Answer", record=record)
    jaeger = console_of(request).options.jaeger_url
    return page(
        request,
        "answers/one.html",
        title="Answer",
        path=path_of(record),
        texts=texts,
        trace_url=f"{jaeger}/trace/{record.trace_id}" if jaeger and record.trace_id else "",
    )


@get(ANSWERS + "/{response_id:str}/policy", guards=[requires(Role.VIEWER)])
async def cited_text(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    response_id: FromPath[str],
) -> Response[str]:
    """A document as it stood when the answer was given."""
    named = request.query_params.get("document", "")

    def read() -> bytes | None:
        record = services.ledger.answer(response_id)
        version = record.versions.get("corpus") if record and record.tenant == person.tenant else None
        content_hash = services.ledger.corpus_version(version).get(named) if version else None
        return services.ledger.document_content(content_hash) if content_hash else None

    content = await asyncio.to_thread(read)
    if content is None:
        raise NotFoundException
    known = (one.path for one in services.corpus.current.documents if one.id == named)
    return kept_text(
        request, read_text(next(known, f"{named}.md"), content), "as it stood when the answer was given"
    )


SECTION = Section("Answers", ANSWERS, (answers, answer, cited_text))
