"""Words as the verifier compares them: lower case, stemmed (Snowball), without the words that carry no content."""

from __future__ import annotations

import re
from functools import lru_cache
from threading import Lock

import Stemmer

_STEMMER = Stemmer.Stemmer("english")
_STEMMER_LOCK = Lock()  # the stemmer keeps the word it works on in itself

# Texts of which what was read in them is remembered, a kilobyte or so each: enough for the passages of the answers that
# are judged just now. Sentences of answers hardly ever come again, so more of them would only fill the memory.
READINGS_KEPT = 1_024
# Texts whose terms are remembered, a third of a kilobyte each: a claim is held against some forty.
TEXTS_KEPT = 4 * READINGS_KEPT

WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['\u2019][A-Za-z]+)?|\d+(?:[.,]\d+)*")

STOP_WORDS = frozenset(
    """a an the this that these those it its it's is are was were be been being am do does did has have had having
    i you he she we they me him her us them my your his our their mine yours ours theirs yourself themselves
    of in on at to for from by with about into onto over under as than then so such and or but nor also too very
    just there here which who whom whose what when where how why if will would shall should can could may might must
    not no n't please yes any all some each every both either one ones own same per other another more most less up out
    off again once i'm you're we're they're you'll we'll you've we've i've that's there's don't doesn't isn't aren't
    won't can't cannot get gets got make makes made""".split()
)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The Snowball stem of a word, in lower case."""
    with _STEMMER_LOCK:
        return str(_STEMMER.stemWord(word.lower()))


def words_of(text: str) -> list[str]:
    """The words and numbers of a text in lower case, in order."""
    return [match.group().lower().replace("\u2019", "'") for match in WORD.finditer(text)]


@lru_cache(maxsize=TEXTS_KEPT)
def terms_of(text: str) -> tuple[str, ...]:
    """The stems of a text's content words, in order, repeats kept; numbers are values, not terms."""
    return tuple(
        stem(word.removesuffix("'s"))
        for word in words_of(text)
        if word not in STOP_WORDS and not word[0].isdigit()
    )
