"""When the versions of a document hold: what has expired, what will soon, and gaps and overlaps between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from proxy.authoring.lint.papers import Papers, note, warning
from proxy.authoring.lint.versions import families, without_version
from proxy.corpus.documents import Document
from proxy.corpus.problems import Problem
from proxy.corpus.reading import ReadDocument
from proxy.corpus.validity import covers_markets, day_of, overlap, share_scope, successors

SOON = timedelta(days=30)


def check(papers: Papers) -> Iterator[Problem]:
    replaced = successors([item.document for item in papers.read])
    for family in families(papers):
        for item in family:
            others = [other for other in family if other is not item]
            yield from _afterwards(item, others, superseded=item.document.id in replaced, now=papers.now)
        for number, item in enumerate(family):
            yield from _together(item, family[:number], papers)
    for item in papers.read:
        for successor in replaced.get(item.document.id, ()):
            yield from _outlived(item, successor)


def _afterwards(
    item: ReadDocument, others: Sequence[ReadDocument], *, superseded: bool, now: datetime
) -> Iterator[Problem]:
    """What comes after the document's end: another version at once, later, or none at all."""
    end = item.document.effective_to
    if end is None:
        return
    versions = [other for other in others if share_scope(item.document, other.document)]
    if any(_holds_at(other.document, end) for other in versions):
        return
    later = [(other.document.effective_from, other) for other in versions]
    following = min(
        ((start, other) for start, other in later if start and start > end), default=None, key=_first
    )
    if following:
        start, successor = following
        message = (
            f'nothing on this topic is in force from {day_of(end)}, when "{item.document.id}" ends, until '
            f"{day_of(start)}; correct one of the two dates"
        )
        yield warning(successor.document, successor.line_of("effective_from"), message)
    elif end <= now and not superseded:
        message = (
            "the document is no longer in force and nothing supersedes it; add its successor, or remove it"
        )
        yield warning(item.document, item.line_of("effective_to"), message)
    elif now < end <= now + SOON:
        message = f"the document ends on {day_of(end)} and nothing follows it; add its successor"
        yield note(item.document, item.line_of("effective_to"), message)


def _first(pair: tuple[datetime, ReadDocument]) -> datetime:
    return pair[0]


def _holds_at(document: Document, moment: datetime) -> bool:
    begun = document.effective_from is None or document.effective_from <= moment
    return begun and (document.effective_to is None or document.effective_to > moment)


def _together(item: ReadDocument, earlier: Sequence[ReadDocument], papers: Papers) -> Iterator[Problem]:
    """Documents of one title that are in force together: two versions, or a confusing name. The first is named."""
    title = without_version(item.document.title)
    for other in earlier:
        together = overlap(other.document, item.document, papers.by_id)
        same = without_version(other.document.title) == title
        if together and same:
            message = (
                f'the title is that of "{other.document.id}", and both are in force {together}; if one replaces '
                'the other, write "supersedes" into the newer one, else give it another title'
            )
            yield warning(item.document, item.line_of("title"), message)
            return


def _outlived(item: ReadDocument, successor: Document) -> Iterator[Problem]:
    """An end after the successor's beginning is not what happens: the successor ends the document."""
    end, start = item.document.effective_to, successor.effective_from
    if end and start and start < end and _covers(successor, item.document):
        message = (
            f'the document is to end on {day_of(end)}, but "{successor.id}" supersedes it from {day_of(start)}, '
            "and from then on it does not count; correct one of the two dates"
        )
        yield warning(item.document, item.line_of("effective_to"), message)


def _covers(successor: Document, document: Document) -> bool:
    """Whether the successor is for all markets and audiences of the document."""
    audiences, wider = ({name.casefold() for name in one.audiences} for one in (document, successor))
    everybody = not wider or (bool(audiences) and audiences <= wider)
    return everybody and covers_markets(successor, document)
