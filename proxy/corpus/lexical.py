"""Finding passages by their words: BM25 over stemmed English words and exact numbers."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

# bm25s turns its own logger to DEBUG when it is imported.
logging.getLogger("bm25s").setLevel(logging.WARNING)

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'"})
_NEGATED = re.compile(
    r"\b(?:cannot|(?:ca|do|does|did|is|are|was|were|wo|would|should|could|has|have|had|(must|need))n't)\b"
)
# Words that say nothing about the topic. "no", "not", "only", "before", "after", "must", "may" are kept: they do.
_STOPWORD_LIST = """
a an and are as at be been being but by can could did do does for from had has have he her his how i if in into is
it its me my of on or our she so such than that the their them then there these they this those to us was we were
what when where which who whom why will with would you your yours s t ll re ve d m am about any also just
"""
_STOPWORDS = frozenset(_STOPWORD_LIST.split())


def words_of(text: str, stemmer: Stemmer.Stemmer) -> list[str]:
    """The text's stemmed words and numbers, accents and case folded: ``1,500`` and ``1500`` are the same number."""
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    found = _WORD.findall(_NEGATED.sub(r"\1 not", plain))
    kept = [_number(word) if word[0].isdigit() else word for word in found if word not in _STOPWORDS]
    return list(stemmer.stemWords(kept))


def _number(word: str) -> str:
    without_groups = re.sub(r"[.,](?=\d{3}(?:\D|\Z))", "", word)
    return re.sub(r"\.0+\Z", "", without_groups)


class LexicalIndex:
    """BM25 scores over a fixed list of texts. Immutable; threads may share it."""

    def __init__(self, words: Sequence[Sequence[str]]) -> None:
        self._count = len(words)
        self._index: bm25s.BM25 | None = None
        if any(words):
            self._index = bm25s.BM25(k1=1.2, b=0.75)
            self._index.index(words, show_progress=False)

    @property
    def bytes(self) -> int:
        """Memory of the index, without its vocabulary."""
        if self._index is None:
            return 0
        return sum(self._index.scores[part].nbytes for part in ("data", "indices", "indptr"))

    def scores(self, query: Sequence[str]) -> NDArray[np.float32]:
        """The BM25 score of every text for the query's words, shape (n,), >= 0."""
        zeros: NDArray[np.float32] = np.zeros(self._count, dtype=np.float32)
        if self._index is None:
            return zeros
        known = [word for word in dict.fromkeys(query) if word in self._index.vocab_dict]
        if not known:
            return zeros
        scores: NDArray[np.float32] = self._index.get_scores(known)
        return scores
