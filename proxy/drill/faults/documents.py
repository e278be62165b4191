"""Faults of the company's own files while the proxy runs, and questions that its documents do not cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from proxy.drill import company
from proxy.drill.company import FALSE, GERMAN, POLICY_WORDS, TRUE
from proxy.drill.fault import Fault, Way, Work, answering, during
from proxy.drill.misbehaving import Reply
from proxy.drill.outcome import Outcome, delivered, handed_over, withheld
from proxy.drill.place import Place

PARAGRAPHS = 150  # too many for the route's 50 ms
EARLY = {"x-cxai-as-of": company.BEFORE_ANY_POLICY}
BROKEN_DOCUMENT = company.RETURNS.replace("effective_from: 2020-01-01", "effective_from: soon")


def long_system_message(place: Place, way: Way) -> Outcome:
    """Another one each time, since what was read once is kept."""
    year = {"whole": 1500, "streamed": 1700}[way]
    shelves = (f"Shelf {n} of the shop holds the books of the year {year + n}." for n in range(PARAGRAPHS))
    return answering(Reply(TRUE), route="with-system", system="\n\n".join(shelves))(place, way)


def reports(work: Work) -> Work:
    """With what /readyz says meanwhile."""

    def seen(place: Place, way: Way) -> Outcome:
        outcome, readiness = work(place, way), place.readiness()
        return replace(
            outcome, also={"/readyz": str(readiness.status_code)}, told=_problems(readiness.json())
        )

    return seen


def _problems(report: Mapping[str, Any]) -> str:
    return "\n".join([*report["corpus"]["problems"], *report["policies"]["problems"]])


@contextmanager
def emptied(place: Place) -> Iterator[None]:
    (place.corpus / company.DOCUMENT).unlink()
    place.wait_for_readiness(lambda response: _documents(response) == 0)
    try:
        yield
    finally:
        company.write_document(place.corpus)
        place.wait_for_readiness(lambda response: _documents(response) == 1)


@contextmanager
def moved_away(place: Place) -> Iterator[None]:
    elsewhere = place.folder / "corpus-elsewhere"
    place.corpus.rename(elsewhere)
    with named_until(lambda: elsewhere.rename(place.corpus), place, "corpus"):
        yield


@contextmanager
def document_broken(place: Place) -> Iterator[None]:
    company.write_document(place.corpus, BROKEN_DOCUMENT)
    with named_until(lambda: company.write_document(place.corpus), place, "corpus"):
        yield


@contextmanager
def policies_broken(place: Place) -> Iterator[None]:
    company.write_routes(place.policies, company.BROKEN_ROUTES)
    with named_until(lambda: company.write_routes(place.policies), place, "policies"):
        yield


@contextmanager
def named_until(mend: Callable[[], object], place: Place, part: str) -> Iterator[None]:
    """Begins once /readyz names the problem of ``part``, and ends, mended, once it names none."""
    place.wait_for_readiness(_names_problems(part))
    try:
        yield
    finally:
        mend()
        place.wait_for_readiness(_is_well(part))


def _documents(response: httpx.Response) -> int:
    return int(response.json()["corpus"]["documents"])


def _names_problems(part: str) -> Callable[[httpx.Response], bool]:
    return lambda response: bool(response.json()[part]["problems"])


def _is_well(part: str) -> Callable[[httpx.Response], bool]:
    return lambda response: not response.json()[part]["problems"]


REPAIRED = replace(delivered(POLICY_WORDS), decision="rewrite", also={"/readyz": "200"})

FAULTS = (
    Fault(
        "No document is in force, `on_unverified: closed`",
        f"policy is asked for as of {company.BEFORE_ANY_POLICY}, before any document",
        withheld("no_corpus"),
        answering(Reply(TRUE), route="closed", headers=EARLY),
    ),
    Fault(
        "The language was not measured, `on_unverified: open`",
        "the model answers in German",
        delivered(GERMAN, "language"),
        answering(Reply(GERMAN), route="open"),
    ),
    Fault(
        "Finding evidence takes too long, `on_unverified: escalate`",
        "the route's `retrieval_s` is 0.00001",
        handed_over("retrieval_timeout"),
        answering(Reply(TRUE), route="hurried"),
    ),
    Fault(
        "Reading the context takes too long, `on_unverified: escalate`",
        f"a system message of {PARAGRAPHS} paragraphs that counts as a document; the route's `context_s` is 0.05",
        handed_over("context_timeout"),
        long_system_message,
    ),
    Fault(
        "The corpus folder is emptied while the proxy runs, `on_unverified: escalate`",
        "its only document is deleted",
        replace(handed_over("no_corpus"), also={"/readyz": "503"}),
        during(emptied, reports(answering(Reply(TRUE), route="escalate"))),
    ),
    Fault(
        "The corpus folder is moved away while the proxy runs",
        "it is renamed; what was read last stays in force",
        replace(REPAIRED, told="the corpus folder does not exist"),
        during(moved_away, reports(answering(Reply(FALSE), route="closed"))),
    ),
    Fault(
        "A document is broken while the proxy runs",
        "a date in it that is none; its last good version stays in force",
        replace(REPAIRED, told="returns.md:3"),
        during(document_broken, reports(answering(Reply(FALSE), route="closed"))),
    ),
    Fault(
        "Broken policies are saved while the proxy runs",
        "a misspelt key; the last good ones stay in force",
        replace(REPAIRED, told='policies/routes.yaml:5: route "open": unknown key "on_unverifed"'),
        during(policies_broken, reports(answering(Reply(FALSE), route="closed"))),
    ),
)
