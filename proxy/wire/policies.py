"""The doors ``/v1/policies/*``, for a console: read what is in force, and try an answer or a text. Nothing is changed.

A caller sees its own tenant's documents. Those that are not for customers need the scope ``policies:staff``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import BaseModel, ConfigDict, Field

from proxy.access.keys import Scope
from proxy.context.customer import ContextError, parse_policy_date
from proxy.corpus.documents import CUSTOMER_AUDIENCE, Document
from proxy.corpus.documents import Scope as PolicyScope
from proxy.corpus.problems import CorpusError, Problem
from proxy.corpus.reading import ReadDocument, read_content
from proxy.corpus.validity import Calendar, Validity
from proxy.ledger.records import DocumentVersion
from proxy.rules.mistakes import suggestion
from proxy.verifiers.pool import Busy
from proxy.wire.check import CheckRequest, check_inquiry
from proxy.wire.cxai_object import checked_object, decision_headers
from proxy.wire.doorkeeper import SCOPE, caller_of
from proxy.wire.errors import InvalidRequest, Overloaded, ScopeMissing
from proxy.wire.exchange import headers_of
from proxy.wire.in_ledger import in_ledger
from proxy.wire.request_body import parse_json_object, read_request
from proxy.wire.services import Services

JsonObject = dict[str, Any]
Asking = Request[Any, Any, State]
DOCUMENTS = "/v1/policies/documents"
NOT_NOW = "Kept documents cannot be read just now; try again."
_NAME = r"[^/.\x00-\x1f][^/\x00-\x1f]*"  # of a file or folder that is not hidden
_DOCUMENT_ID = rf"^{_NAME}(/{_NAME})*$"
LONGEST_TEXT = 200_000  # characters of a document that is tried: some 100 pages


class DocumentNotFound(InvalidRequest):
    status = 404
    code = "document_not_found"


class TriedDocument(BaseModel):
    """A text in the place of a document's, or of a new one."""

    model_config = ConfigDict(extra="forbid", strict=True)
    id: str = Field(pattern=_DOCUMENT_ID, max_length=200)
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)


class TryRequest(CheckRequest):
    """As for a check, with where and for whom, and a text that is not in the corpus."""

    jurisdiction: str | None = None
    audience: str | None = None
    document: TriedDocument | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What a caller asks to see: as of when, where and for whom; ``staff`` says whether it may see all documents."""

    scope: PolicyScope
    staff: bool

    def shows(self, document: Document) -> bool:
        return (
            self.staff or not document.audiences or CUSTOMER_AUDIENCE in map(str.casefold, document.audiences)
        )


@get(DOCUMENTS, include_in_schema=False, opt={SCOPE: Scope.POLICIES})
async def documents(request: Asking, services: NamedDependency[Services]) -> Response[JsonObject]:
    """All documents, with whether each is in force, and what is wrong with them."""
    view = _view(request, "as_of")
    corpus = services.corpus.current
    shown = [document for document in corpus.documents if view.shows(document)]
    paths = {document.path for document in shown}
    return Response(
        {
            "object": "list",
            "as_of": view.scope.policy_date,
            "corpus_version": corpus.version(view.scope),
            "data": [_described(one, corpus.validity(one, view.scope)) for one in shown],
            "problems": [
                _problem(one) for one in services.corpus.problems if view.staff or one.path in paths
            ],
        }
    )


@get(DOCUMENTS + "/{document_id:path}", include_in_schema=False, opt={SCOPE: Scope.POLICIES})
async def document(
    request: Asking, services: NamedDependency[Services], document_id: FromPath[str]
) -> Response[JsonObject]:
    """One document with its text and versions; with ``at`` the text that stood in its place at that instant."""
    view, named = _view(request, "at"), document_id.strip("/")
    versions = await in_ledger(lambda: _versions(services, named), NOT_NOW)
    if request.query_params.get("at") is None:
        found = next((one for one in services.corpus.current.documents if one.id == named), None)
    else:
        found = await in_ledger(lambda: _stood(services, versions, view.scope.policy_date), NOT_NOW)
    if found is None or not view.shows(found):
        raise _not_found(named, versions, view)
    others = [one for one in services.corpus.current.documents if one.id != named]
    described = _described(found, Calendar([*others, found]).validity(found, view.scope))
    return Response({**described, "text": found.text, "versions": [_version(one) for one in versions]})


@get("/v1/policies/rules", include_in_schema=False, opt={SCOPE: Scope.POLICIES})
async def rules(services: NamedDependency[Services]) -> Response[JsonObject]:
    """The routes and rules in force, in the order in which they are tried, and what is wrong in newer files."""
    policies = services.policies.current
    return Response(
        {
            "version": policies.version,
            "routes": [route.model_dump(mode="json") for route in policies.routes],
            "rules": [rule.model_dump(mode="json") for rule in policies.rules.every],
            "problems": [
                {"path": one.path, "line": one.line, "message": one.message}
                for one in services.policies.problems
            ],
        }
    )


@post("/v1/policies/try", status_code=200, include_in_schema=False, opt={SCOPE: Scope.POLICIES})
async def try_answer(request: Asking, services: NamedDependency[Services]) -> Response[bytes]:
    """What the guard would do with an answer: as of a date, in a market, by a document's text that is not yet live."""
    headers = headers_of(request)
    asked = read_request(parse_json_object(await request.body()), TryRequest)
    where = {"x-cxai-jurisdiction": asked.jurisdiction, "x-cxai-audience": asked.audience}
    headers |= {name: value for name, value in where.items() if value}
    trace = request.scope["state"]["trace"]
    policies = services.policies.current
    inquiry = check_inquiry(services, policies, asked, headers, trace)
    _expect_may_see(request, inquiry.customer.audience)
    inquiry = await services.ahead.looked_at(inquiry, policies.context, headers, trace)
    guard, tried = services.guard, None
    if asked.document is not None:
        corpus, tried = await _tried(services, asked.document)
        guard = replace(guard, current_corpus=lambda: corpus)
    answer = guard.open(inquiry, trace)
    judged = await answer.check(asked.answer)
    result = checked_object(answer, asked.answer, judged)
    result["as_of"] = answer.scope.policy_date
    if tried is not None:
        described = _described(tried.document, answer.corpus.validity(tried.document, answer.scope))
        result["document"] = {**described, "problems": [_problem(one) for one in tried.warnings]}
    body = msgspec.json.encode(result)
    return Response(body, media_type="application/json", headers=decision_headers(answer))


def _view(request: Asking, when: str) -> View:
    """What the query asks for; ``when`` is the name of its instant. Raises InvalidRequest, ScopeMissing."""
    query = request.query_params
    known = (when, "jurisdiction", "audience")
    if unknown := next((name for name in query if name not in known), None):
        message = f"There is no query parameter {unknown!r}{suggestion(unknown, list(known))}"
        raise InvalidRequest(message, param=unknown, code="invalid_value")
    audience = query.get("audience") or CUSTOMER_AUDIENCE
    _expect_may_see(request, audience)
    try:
        moment = parse_policy_date(query.get(when))
    except ContextError as error:
        message = str(error).replace("x-cxai-as-of", when)
        raise InvalidRequest(message, param=when, code="invalid_value") from None
    scope = PolicyScope(moment or datetime.now(UTC), query.get("jurisdiction") or None, audience)
    return View(scope, Scope.POLICIES_STAFF in caller_of(request.scope).scopes)


def _expect_may_see(request: Asking, audience: str) -> None:
    """Raises ScopeMissing."""
    if audience.casefold() == CUSTOMER_AUDIENCE or Scope.POLICIES_STAFF in caller_of(request.scope).scopes:
        return
    raise ScopeMissing(
        f'This API key may see what is for customers alone: it lacks the scope "{Scope.POLICIES_STAFF}".'
    )


def _described(document: Document, validity: Validity) -> JsonObject:
    return {
        "object": "policy_document",
        "id": document.id,
        "title": document.title,
        "version": document.content_hash,
        "in_force": validity.in_force,
        "why": validity.why,
        "effective_from": document.effective_from,
        "effective_to": document.effective_to,
        "jurisdictions": document.jurisdictions,
        "audiences": document.audiences,
        "authority": document.authority,
        "risk": document.risk.value,
        "owner": document.owner,
        "source": document.source,
        "supersedes": document.supersedes,
    }


def _problem(problem: Problem) -> JsonObject:
    return {
        "path": problem.path,
        "line": problem.line,
        "severity": problem.severity.value,
        "message": problem.message,
    }


def _version(version: DocumentVersion) -> Mapping[str, Any]:
    return {"version": version.content_hash, "kept_at": version.kept_at}


def _versions(services: Services, document_id: str) -> list[DocumentVersion]:
    """Those of this tenant's folder, newest first: other tenants may have a document of the same name."""
    return [
        one
        for one in services.ledger.document_versions(document_id)
        if one.path.startswith(services.corpus.place_of(""))
    ]


def _stood(services: Services, versions: list[DocumentVersion], at: datetime) -> Document | None:
    """The version that stood in the corpus at an instant."""
    version = next((one for one in versions if one.kept_at <= at), None)
    content = services.ledger.document_content(version.content_hash) if version else None
    if version is None or content is None:
        return None
    return read_content(version.path.removeprefix(services.corpus.place_of("")), content).document


def _not_found(document_id: str, versions: list[DocumentVersion], view: View) -> DocumentNotFound:
    """What may not be seen is not there."""
    first = versions[-1].kept_at if versions and view.staff else None
    if first is not None and view.scope.policy_date < first:
        message = f"No version of {document_id!r} is kept from then; the first is from {first.isoformat()}."
    else:
        message = f"There is no document {document_id!r} that you may see; {DOCUMENTS} lists them."
    return DocumentNotFound(message, param="document_id")


async def _tried(services: Services, tried: TriedDocument) -> tuple[Any, ReadDocument]:
    """The corpus with the tried text in it. Raises InvalidRequest, Overloaded."""
    try:
        return await services.guard.judges.run(lambda: services.corpus.with_text(tried.id, tried.text))
    except CorpusError as error:
        raise InvalidRequest(str(error), param="document.text", code="invalid_document") from None
    except Busy:
        raise Overloaded("Too much is being judged just now; try again.", 1) from None


POLICY_DOORS = (documents, document, rules, try_answer)
