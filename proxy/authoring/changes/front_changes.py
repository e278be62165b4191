"""What changed in a document's front matter, in words: when, where, for whom and how bindingly it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from proxy.authoring.changes.differences import Difference, Kind
from proxy.corpus.documents import Document
from proxy.corpus.front_matter import AUTHORITIES
from proxy.corpus.validity import day_of

_NAMES = {number: name for name, number in reversed(AUTHORITIES.items())}


def front_changes(old: Document, new: Document) -> Iterator[Difference]:
    """One difference for each key that says something else now."""
    for words, was, is_now in _said(old, new):
        if was != is_now:
            yield Difference(Kind.FRONT_MATTER, f"{words}: {was} → {is_now}", was, is_now)


def _said(old: Document, new: Document) -> Iterator[tuple[str, str, str]]:
    yield "in force from", _start(old.effective_from), _start(new.effective_from)
    yield "in force until", _end(old.effective_to), _end(new.effective_to)
    yield "where it holds", _listed(old.jurisdictions, "everywhere"), _listed(new.jurisdictions, "everywhere")
    yield "for whom", _listed(old.audiences, "everybody"), _listed(new.audiences, "everybody")
    yield "authority", _authority(old.authority), _authority(new.authority)
    yield "risk", old.risk.value, new.risk.value
    yield "supersedes", old.supersedes or "nothing", new.supersedes or "nothing"
    yield "title", old.title, new.title
    yield "owner", old.owner or "nobody", new.owner or "nobody"
    yield "source", old.source or "none", new.source or "none"


def _start(moment: datetime | None) -> str:
    return day_of(moment) if moment else "the beginning"


def _end(moment: datetime | None) -> str:
    """A plain date as its author wrote it: the last day, where the end is kept as the day after."""
    if moment is None:
        return "further notice"
    return day_of(moment - timedelta(days=1) if _is_midnight(moment) else moment)


def _is_midnight(moment: datetime) -> bool:
    return moment.time() == time() and moment.utcoffset() == timedelta()


def _listed(names: tuple[str, ...], where_none: str) -> str:
    """In any order: a list is a set here."""
    return ", ".join(sorted(names, key=str.casefold)) or where_none


def _authority(number: int) -> str:
    return f"{_NAMES[number]} ({number})" if number in _NAMES else str(number)
