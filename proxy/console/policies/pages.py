"""``/console/policies``: the documents, one of them, and what another text would change."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from proxy.access.people.roles import Person, Role
from proxy.console.charts import chart
from proxy.console.frame import Asking, console_of, fragment, page
from proxy.console.guards import requires
from proxy.console.lessons.note import notes_about
from proxy.console.policies.dry_run import LONGEST_TEXT, SINCE, dry_run
from proxy.console.policies.timeline import MOST_SHOWN, Row, timeline
from proxy.console.policies.usage import citations, quotations, sections_of
from proxy.console.problem import Problem
from proxy.console.section import CONSOLE, Section
from proxy.context.customer import ContextError, parse_policy_date
from proxy.corpus.documents import CUSTOMER_AUDIENCE, Document, Scope
from proxy.corpus.problems import CorpusError
from proxy.corpus.reading import ReadDocument, read_content
from proxy.ledger.answers.search import BETWEEN, AnswerQuery
from proxy.ledger.answers.search import DOCUMENT as IN_DOCUMENT
from proxy.ledger.answers.search import SECTION as IN_SECTION
from proxy.ledger.failures.lessons import Lesson
from proxy.ledger.records import DocumentVersion
from proxy.ledger.reviews.policy_notes import PolicyNote
from proxy.wire.services import Services

POLICIES = f"{CONSOLE}/policies"
READ_QUOTES = 300  # the newest answers in which it is looked which passage they quote


@get(POLICIES, guards=[requires(Role.VIEWER)])
async def policies(request: Asking, services: NamedDependency[Services]) -> Response[str]:
    """All documents, and which of them hold for whom as of when."""
    scope = _scope(request)
    rows = _rows(services, scope)
    uses = await asyncio.to_thread(services.ledger.answer_search.counted, services.tenant, IN_DOCUMENT)
    return page(
        request,
        "policies/list.html",
        title="Policies",
        rows=rows,
        uses=uses,
        scope=scope,
        asked=request.query_params,
        query=request.scope["query_string"].decode("latin-1"),
        problems=services.corpus.problems,
        notes=await asyncio.to_thread(services.ledger.policy_notes.listed, services.tenant),
        most_shown=MOST_SHOWN,
    )


@get(f"{POLICIES}/timeline.svg", guards=[requires(Role.VIEWER)])
async def timeline_chart(request: Asking, services: NamedDependency[Services]) -> Response[bytes]:
    scope = _scope(request)
    spec = timeline(_rows(services, scope), scope.policy_date)
    return await chart(spec, request.query_params.get("scheme", ""))


@get(f"{POLICIES}/lint", guards=[requires(Role.VIEWER)])
async def lint(request: Asking, services: NamedDependency[Services]) -> Response[str]:
    """The part of the page with what is wrong in the documents; it takes a few seconds where they have changed."""
    return fragment(request, "policies/_lint.html", rows=await console_of(request).checks.lint(services))


@get(f"{POLICIES}/conflicts", guards=[requires(Role.VIEWER)])
async def conflicts(request: Asking, services: NamedDependency[Services]) -> Response[str]:
    """The part of the page with where documents contradict each other; it may take a minute where they have changed."""
    rows = await console_of(request).checks.conflicts(services)
    return fragment(request, "policies/_conflicts.html", rows=rows)


@get(f"{POLICIES}/document", guards=[requires(Role.VIEWER)])
async def document(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """One document, section by section, with where it was used, and its versions."""
    found = _document(services, request.query_params.get("document", ""))
    passages = [one for one in services.corpus.current.passages if one.document == found]
    scope = _scope(request)

    def read() -> tuple[dict[str, int], Any, list[DocumentVersion], list[PolicyNote], list[Lesson]]:
        search = services.ledger.answer_search
        counted = search.counted(services.tenant, IN_SECTION, within=f"{found.id}{BETWEEN}")
        newest = search.page(AnswerQuery(services.tenant, document=found.id), limit=READ_QUOTES)
        return (
            citations(counted, found),
            quotations(newest, found.id, passages),
            _versions(services, found.id),
            services.ledger.policy_notes.listed(services.tenant, found.id),
            notes_about(found.id, services.ledger.failures.lessons(services.tenant)),
        )

    cited, quoted, versions, notes, of_failures = await asyncio.to_thread(read)
    return page(
        request,
        "policies/document.html",
        title=found.title,
        document=found,
        validity=services.corpus.current.validity(found, scope),
        sections=sections_of(passages, cited, quoted),
        versions=versions,
        notes=notes,
        of_failures=of_failures,
        read_quotes=READ_QUOTES,
        may_try=person.may(Role.POLICY_OWNER),
        longest=LONGEST_TEXT,
    )


@get(f"{POLICIES}/text", guards=[requires(Role.VIEWER)])
async def text(request: Asking, services: NamedDependency[Services]) -> Response[str]:
    """A version of a document that is kept, as it stood."""
    named, version = request.query_params.get("document", ""), request.query_params.get("version", "")

    def read() -> tuple[DocumentVersion, ReadDocument] | None:
        kept = next((one for one in _versions(services, named) if one.content_hash == version), None)
        content = services.ledger.document_content(version) if kept else None
        if kept is None or content is None:
            return None
        return kept, read_text(kept.path.removeprefix(services.corpus.place_of("")), content)

    found = await asyncio.to_thread(read)
    if found is None:
        raise NotFoundException
    kept, as_read = found
    return kept_text(request, as_read, f"kept since {kept.kept_at:%Y-%m-%d %H:%M} UTC")


@post(
    f"{POLICIES}/dry-run",
    guards=[requires(Role.POLICY_OWNER)],
    status_code=200,
    request_max_body_size=10 * LONGEST_TEXT,
)
async def try_text(request: Asking, services: NamedDependency[Services]) -> Response[str]:
    """What would be different with this text in the document's place. Nothing is changed."""
    form = await request.form()
    found, edited = _document(services, str(form.get("document", ""))), str(form.get("text", ""))
    edited = edited.replace("\r\n", "\n")
    if not edited.strip() or len(edited) > LONGEST_TEXT:
        raise Problem("This text cannot be tried", f"Write 1 to {LONGEST_TEXT:,} characters.", 422)
    result = await dry_run(console_of(request).children, services, found, edited)
    return fragment(request, "policies/_dry_run.html", result=result, since=SINCE)


def kept_text(request: Asking, read: ReadDocument, told: str) -> Response[str]:
    """The page of a document's text; the query's ``section`` is marked in it."""
    return page(
        request,
        "policies/text.html",
        title=read.document.title,
        document=read.document,
        told=told,
        sections=sections_of(read.passages, {}, {}),
        cited=request.query_params.get("section", ""),
    )


def read_text(path: str, content: bytes) -> ReadDocument:
    """Raises Problem where a kept version cannot be read any more."""
    try:
        return read_content(path, content)
    except CorpusError as error:
        raise Problem("This version cannot be shown", str(error), 404) from None


def _scope(request: Asking) -> Scope:
    """What the address asks for. Raises Problem."""
    query = request.query_params
    try:
        moment = parse_policy_date(query.get("as_of") or None)
    except ContextError as error:
        raise Problem("That is no date", str(error).replace("x-cxai-as-of", "As of")) from None
    audience = query.get("audience") or CUSTOMER_AUDIENCE
    return Scope(
        moment or datetime.now(UTC).replace(second=0, microsecond=0),
        query.get("jurisdiction") or None,
        audience,
    )


def _rows(services: Services, scope: Scope) -> list[Row]:
    corpus = services.corpus.current
    return [Row(one, corpus.validity(one, scope)) for one in sorted(corpus.documents, key=lambda one: one.id)]


def _document(services: Services, named: str) -> Document:
    found = next((one for one in services.corpus.current.documents if one.id == named), None)
    if found is None:
        raise NotFoundException
    return found


def _versions(services: Services, document_id: str) -> list[DocumentVersion]:
    """Those of this tenant's folder, newest first: other tenants may have a document of the same name."""
    kept = services.ledger.document_versions(document_id)
    return [one for one in kept if one.path.startswith(services.corpus.place_of(""))]


SECTION = Section("Policies", POLICIES, (policies, timeline_chart, lint, conflicts, document, text, try_text))
