"""Looking for a text of the policies that was not found for a sentence: by words and by meaning, as it stood then."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import shorten

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from proxy.access.people.roles import Person, Role
from proxy.actions.judged_again import documents_of, scope_of
from proxy.console.case.addresses import CASES
from proxy.console.case.opened import OpenedCase, open_case
from proxy.console.case.passages import DocumentsThen, LooseQuote, Shown, in_document, passage_of
from proxy.console.errors import Problem
from proxy.console.frame import Asking, fragment
from proxy.console.guards import requires
from proxy.console.reviewing import reviewing_of
from proxy.corpus.documents import Hit, Passage
from proxy.wire.services import Services

MOST_FOUND = 5
LONGEST_QUERY = 400  # characters that are looked for
_OPENING = 90  # characters of a passage by which it is chosen
NOT_THEN = (
    "This is today’s text. When the answer was given it did not stand there, or that version is not kept."
)


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """``name`` is what the page calls it when it tells what was on the screen."""

    name: str
    section: str
    opening: str
    shown: Shown


@get(CASES + "/{ref:str}/claims/{number:int}/passages", guards=[requires(Role.REVIEWER)])
async def passages(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    ref: FromPath[str],
    number: FromPath[int],
) -> Response[str]:
    """The passages closest to what is asked for, of those that held for this customer; for who holds the case."""
    words = request.query_params.get("q", "").strip()[:LONGEST_QUERY]

    def found() -> Sequence[FoundPassage]:
        opened = open_case(services.ledger, reviewing_of(request, person), person, ref, datetime.now(UTC))
        if not opened.lease.is_mine:
            raise Problem("You do not hold this case (any more)", "Take it again, if nobody else has.", 409)
        return searched(services, opened, number, words) if words else ()

    return fragment(request, "case/_found.html", words=words, found=await asyncio.to_thread(found))


def searched(services: Services, opened: OpenedCase, number: int, words: str) -> list[FoundPassage]:
    """The closest first; of the documents of the case's route, for its market and audience, on its policy date."""
    record = opened.decision
    if record is None:
        return []
    date = record.policy_date or record.created_at
    scope = scope_of(record, date, documents_of(record, services.policies.current))
    documents = DocumentsThen(services.ledger, record.versions.get("corpus"))
    hits: Sequence[Hit] = services.corpus.current.retrieve(words, scope, MOST_FOUND)
    return [
        FoundPassage(
            name=f"{number}-found-{place}",
            section=hit.passage.section,
            opening=shorten(hit.passage.reading, _OPENING, placeholder=" …"),
            shown=as_it_stood(hit.passage, documents),
        )
        for place, hit in enumerate(hits)
    ]


def as_it_stood(passage: Passage, documents: DocumentsThen) -> Shown:
    """A passage of today in its document of then, where it stood there."""
    read = documents.document(passage.document.id)
    then = passage_of(read.passages, passage.section, passage.text) if read else None
    if read is None or then is None:
        return LooseQuote(passage.document.id, passage.section, passage.reading, NOT_THEN)
    return in_document(read, then, passage.text)
