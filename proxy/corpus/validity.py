"""Which documents are in force: dates, places, audiences, and successors that end what they supersede."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from proxy.corpus.documents import Document, Scope, place_admits


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether a document is in force in a scope, and why (not), in words."""

    in_force: bool
    why: str


class Calendar:
    """Answers for one set of documents what is in force when. Immutable; threads may share it."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = tuple(documents)
        self._successors = successors(documents)
        moments = {
            moment for document in documents for moment in (document.effective_from, document.effective_to)
        }
        self._changes = sorted(moment for moment in moments if moment)
        self._places = {place.casefold() for document in documents for place in document.jurisdictions}
        self._audiences = {audience.casefold() for document in documents for audience in document.audiences}

    def key(self, scope: Scope) -> tuple[int, str | None, str, tuple[str, ...]]:
        """Equal for scopes in which the same documents are in force.

        The set changes only at the documents' own dates, and a place or audience that no document names is like any
        other such; so there are few keys, however many dates and places are asked for.
        """
        place = scope.jurisdiction.casefold() if scope.jurisdiction else None
        while place and place not in self._places and "-" in place:
            place = place.rpartition("-")[0]
        if place and place not in self._places:
            place = "?"
        audience = scope.audience.casefold()
        return (
            bisect_right(self._changes, scope.policy_date),
            place,
            audience if audience in self._audiences else "?",
            scope.documents,
        )

    def in_force(self, scope: Scope) -> tuple[Document, ...]:
        return tuple(document for document in self._documents if self.validity(document, scope).in_force)

    def validity(self, document: Document, scope: Scope) -> Validity:
        if not scope.admits(document):
            return Validity(False, _why_not(document, scope))
        for successor in self._successors.get(document.id, ()):
            if _has_replaced(successor, document, scope):
                return Validity(False, f"superseded by {successor.id}{_since(successor.effective_from)}")
        return Validity(True, "in force")


def version_of(documents: Sequence[Document]) -> str:
    """Names exactly these documents with exactly these bytes: ``c-`` and 16 hex digits."""
    names = sorted(f"{document.id}\0{document.content_hash}" for document in documents)
    return "c-" + hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def successors(documents: Sequence[Document]) -> dict[str, tuple[Document, ...]]:
    """For each superseded document's id the documents that supersede it; circles are left out."""
    by_id = {document.id: document for document in documents}
    found: dict[str, tuple[Document, ...]] = {}
    for document in documents:
        target = superseded_id(document, by_id)
        if target and target in by_id and not is_circular(document, by_id):
            found[target] = (*found.get(target, ()), document)
    return found


def superseded_id(document: Document, by_id: Mapping[str, Document]) -> str | None:
    """The id that ``supersedes`` means: an id, or a file's name, from the corpus folder or from the document's own."""
    if not document.supersedes:
        return None
    written = document.supersedes.strip().removeprefix("./")
    names = (written, PurePosixPath(written).with_suffix("").as_posix()) if written.strip(".") else (written,)
    beside = PurePosixPath(document.id).parent
    for name in (*names, *((beside / name).as_posix() for name in names)):
        if name in by_id:
            return str(name)
    return written


def is_circular(document: Document, by_id: Mapping[str, Document]) -> bool:
    """Whether following ``supersedes`` from the document comes back to it."""
    return document.id in _earlier_versions(document, by_id)


def _earlier_versions(document: Document, by_id: Mapping[str, Document]) -> set[str]:
    """The ids of what the document supersedes, directly or over versions between."""
    found: set[str] = set()
    target = superseded_id(document, by_id)
    while target and target in by_id and target not in found:
        found.add(target)
        target = superseded_id(by_id[target], by_id)
    return found


def _has_replaced(successor: Document, document: Document, scope: Scope) -> bool:
    """Whether the successor has come into force where and for whom the document would count.

    It stays replaced when the successor has itself ended. A successor for one market replaces nothing in others; and
    asked without a jurisdiction, only if it covers all of the document's markets.
    """
    if successor.effective_from and scope.policy_date < successor.effective_from:
        return False
    if successor.audiences and scope.audience.casefold() not in _folded(successor.audiences):
        return False
    if successor.jurisdictions and scope.jurisdiction:
        return place_admits(successor.jurisdictions, scope.jurisdiction)
    return covers_markets(successor, document)


def covers_markets(successor: Document, document: Document) -> bool:
    """Whether the successor holds in all markets of the document."""
    if not successor.jurisdictions:
        return True
    places = document.jurisdictions
    return bool(places) and all(place_admits(successor.jurisdictions, place) for place in places)


def _folded(words: Sequence[str]) -> set[str]:
    return {word.casefold() for word in words}


def _why_not(document: Document, scope: Scope) -> str:
    if not scope.names(document):
        return f"not among the documents asked for ({', '.join(scope.documents)})"
    if document.effective_from and scope.policy_date < document.effective_from:
        return f"not yet in force, from {day_of(document.effective_from)}"
    if document.effective_to and scope.policy_date >= document.effective_to:
        return f"no longer in force, ended {day_of(document.effective_to)}"
    if document.audiences and scope.audience.casefold() not in _folded(document.audiences):
        return f"for {', '.join(document.audiences)}, not for {scope.audience}"
    return f"for {', '.join(document.jurisdictions)}, not for {scope.jurisdiction}"


def _since(moment: datetime | None) -> str:
    return f" since {day_of(moment)}" if moment else ""


def day_of(moment: datetime) -> str:
    """``2026-01-01`` for midnight UTC, else with the time and offset that its author wrote."""
    exact = "seconds" if moment.second else "minutes"
    return moment.isoformat(timespec=exact).removesuffix("T00:00+00:00")


def overlap(first: Document, second: Document, by_id: Mapping[str, Document]) -> str | None:
    """When both are in force in the same place for the same people, in words; None where they never are.

    Of two versions in one line of ``supersedes`` the later one ends the earlier one.
    """
    if second.id in _earlier_versions(first, by_id) or first.id in _earlier_versions(second, by_id):
        return None
    if not share_scope(first, second):
        return None
    start = max((moment for moment in (first.effective_from, second.effective_from) if moment), default=None)
    end = min((moment for moment in (first.effective_to, second.effective_to) if moment), default=None)
    if start and end and end <= start:
        return None
    since = f"from {day_of(start)}" if start else "from the beginning"
    return f"{since} until {day_of(end)}" if end else since


def share_scope(first: Document, second: Document) -> bool:
    """Whether there is a market and an audience for which both are written."""
    return _share_an_audience(first, second) and _share_a_place(first, second)


def _share_an_audience(first: Document, second: Document) -> bool:
    if not first.audiences or not second.audiences:
        return True
    return bool(_folded(first.audiences) & _folded(second.audiences))


def _share_a_place(first: Document, second: Document) -> bool:
    if not first.jurisdictions or not second.jurisdictions:
        return True
    return any(place_admits(first.jurisdictions, place) for place in second.jurisdictions) or any(
        place_admits(second.jurisdictions, place) for place in first.jurisdictions
    )
