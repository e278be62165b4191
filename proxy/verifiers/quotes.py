"""A quote as it stands in a passage: word for word, in whole words, and with the sentence that it is a part of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from proxy.corpus.documents import Passage
from proxy.grounding.policy.clauses import sentences_of
from proxy.grounding.policy.polarity import Modality, denials_of, denies, stance_of

_FEWEST_WORDS = 3  # of a quote: fewer stand everywhere
_JOINING = "-\u2010\u2011'\u2019.,:/"  # between two letters or digits they are inside a word: "non-refundable", "1,000"
_BEGINS = rf"(?<!\w)(?<!\w[{_JOINING}])"
_ENDS = rf"(?!\w)(?![{_JOINING}]\w)"


@dataclass(frozen=True, slots=True)
class Quoted:
    """``shown`` is verbatim the document's: the whole sentences that the quote is a part of; ``beside`` what they say
    besides it, with the sentence that introduces them."""

    shown: str
    beside: str


def quote_in(passage: Passage, quote: str) -> str | None:
    """The passage's own words where ``quote`` stands in it verbatim, white space apart; else None.

    It begins and ends with whole words. A table row, or a sentence whose Markdown marks were taken away, stands only in
    the passage's reading; then its text as a whole is the quote. Less than three words are no quote, unless they are
    all that the passage says.
    """
    pattern = _pattern(passage, quote)
    found = pattern.search(passage.text) if pattern else None
    if found:
        return found.group()
    return passage.text.strip() if pattern and pattern.search(passage.reading) else None


def quoted_in(passage: Passage, quote: str) -> Quoted | None:
    """The quote with what it is a part of; None where ``quote_in`` finds none."""
    pattern = _pattern(passage, quote)
    if pattern is None:
        return None
    written, read = pattern.search(passage.text), pattern.search(passage.reading)
    if written:
        start, end = _around(passage.text, *written.span())
        shown = passage.text[start:end]
    else:
        shown = passage.text.strip()
    found = read or written  # a list item's reading has the sentence that introduces the list
    if found is None:
        return None
    start, end = _around(found.string, *found.span())
    return Quoted(shown, f"{found.string[start : found.start()]} {found.string[found.end() : end]}")


def denies_beyond(beside: str, claim: str) -> bool:
    """Whether what stands beside a quote denies, forbids or makes optional, and the claim does nothing of the kind.

    "cancel after departure" is no ground for "You may cancel after departure" where the sentence begins "You may not".
    """
    if denies(beside) and not denies(claim):
        return True
    if denials_of(beside).by_word - denials_of(claim).by_word:
        return True
    optional = Modality.OPTIONAL
    return stance_of(beside).modality is optional and stance_of(claim).modality is not optional


def _pattern(passage: Passage, quote: str) -> re.Pattern[str] | None:
    """What finds the quote in a text; None where it says too little to be one."""
    words = quote.split()
    if not words:
        return None
    if len(words) < _FEWEST_WORDS and words not in (passage.text.split(), passage.reading.split()):
        return None
    return re.compile(_BEGINS + r"\s+".join(map(re.escape, words)) + _ENDS)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentences begin and end that the stretch is a part of; at least the stretch itself."""
    touched = [(begin, finish) for begin, finish in _sentences(text) if begin < end and finish > start]
    return min([start, *(begin for begin, _ in touched)]), max([end, *(finish for _, finish in touched)])


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence begins and ends; what ends with a colon goes on."""
    begin: int | None = None
    place = 0
    for sentence in sentences_of(text):
        start = text.index(sentence, place)
        place = start + len(sentence)
        begin = start if begin is None else begin
        if not sentence.endswith(":"):
            yield begin, place
            begin = None
    if begin is not None:
        yield begin, place
