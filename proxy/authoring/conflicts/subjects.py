"""Documents about different things by their titles: the fee of the Gold account is not that of the Silver one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from proxy.corpus.documents import Document
from proxy.grounding.policy.concepts import concepts_of

_RARE_SHARE = 0.1  # of the documents: what more of them mention names none of them
_RARE_AT_LEAST = 2


class Subjects:
    """What each document of a corpus is named for: the words of its title that few documents mention."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._mentioned = {
            document.id: frozenset(concepts_of(f"{document.title} {document.text}")) for document in documents
        }
        count = Counter(term for terms in self._mentioned.values() for term in terms)
        rare = max(_RARE_AT_LEAST, _RARE_SHARE * len(documents))
        self._names = {
            document.id: frozenset(term for term in concepts_of(document.title) if count[term] <= rare)
            for document in documents
        }

    def differ(self, first: Document, second: Document) -> bool:
        """Whether each has a name, and neither mentions the other's."""
        one, other = self._names[first.id], self._names[second.id]
        if first is second or not one or not other:
            return False
        return not one & self._mentioned[second.id] and not other & self._mentioned[first.id]
