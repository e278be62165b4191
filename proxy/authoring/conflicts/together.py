"""Whether two documents are ever in force together: at one time, in one market, for one audience."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from proxy.corpus.documents import CUSTOMER_AUDIENCE, Document, Scope
from proxy.corpus.validity import Calendar

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Togetherness:
    """Answers for one corpus, from ``since`` on; what was in force together only before that is over."""

    def __init__(self, documents: Sequence[Document], since: datetime | None = None) -> None:
        self._calendar = Calendar(documents)
        self._since = since or _BEGINNING
        starts = {document.effective_from for document in documents if document.effective_from}
        self._moments = sorted({self._since, *(start for start in starts if start > self._since)})
        self._known: dict[tuple[str, str], Scope | None] = {}

    def scope_of(self, first: Document, second: Document) -> Scope | None:
        """The first scope, in time, in which both count; None where there is none.

        What is in force changes only where a document begins or ends, and both still count at the later one's
        beginning if they ever do; so it is enough to ask at the beginnings.
        """
        key = (first.id, second.id)
        if key not in self._known:
            scopes = self._scopes(first, second)
            self._known[key] = next((scope for scope in scopes if self._both(first, second, scope)), None)
        return self._known[key]

    def _both(self, first: Document, second: Document, scope: Scope) -> bool:
        return all(self._calendar.validity(document, scope).in_force for document in (first, second))

    def _scopes(self, first: Document, second: Document) -> Iterator[Scope]:
        places = (*first.jurisdictions, *second.jurisdictions) or (None,)
        audiences = (*first.audiences, *second.audiences) or (CUSTOMER_AUDIENCE,)
        for moment in self._moments:
            for audience in dict.fromkeys(audiences):
                yield from (Scope(moment, place, audience) for place in dict.fromkeys(places))
