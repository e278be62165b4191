"""What a model reads as its premise, and the verbatim sentence that is quoted from where it decided."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from proxy.corpus.documents import Hit, Passage
from proxy.grounding.policy.clauses import sentences_of
from proxy.grounding.types import Evidence

LONGEST = (
    900  # characters of a window, about 200 tokens: with the claim it fits into 256 and 512 token models
)
MOST = 24  # windows of one claim
_FEWEST_WORDS = 3  # of a quote: fewer stand everywhere


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one passage; ``text`` is what the model reads: the headings it stands under, then the sentences."""

    hit: Hit
    text: str
    sentences: tuple[str, ...]


def windows_of(hits: Sequence[Hit]) -> list[Window]:
    """The passages in the hits' order, long ones as several windows that overlap by a sentence; at most ``MOST``."""
    return [window for hit in hits for window in _windows(hit)][:MOST]


def _windows(hit: Hit) -> Iterator[Window]:
    heading = hit.passage.section or hit.passage.document.title
    part: list[str] = []
    for sentence in sentences_of(hit.passage.reading) or (hit.passage.reading.strip(),):
        if part and len(" ".join((*part, sentence))) > LONGEST:
            yield _window(hit, heading, part)
            part = part[-1:] if len(part[-1]) + len(sentence) < LONGEST else []
        part.append(sentence)
    if part:
        yield _window(hit, heading, part)


def _window(hit: Hit, heading: str, sentences: Sequence[str]) -> Window:
    body = " ".join(sentences)
    return Window(hit, f"{heading}: {body}" if heading else body, tuple(sentences))


def evidence_for(claim: str, window: Window) -> Evidence:
    """The window's sentence that is most like the claim, as it stands in the document."""
    best = max(window.sentences, key=lambda each: fuzz.token_set_ratio(claim.lower(), each.lower()))
    return evidence(window.hit.passage, quote_in(window.hit.passage, best) or window.hit.passage.text.strip())


def evidence(passage: Passage, quote: str) -> Evidence:
    document = passage.document
    return Evidence(document.id, passage.section, quote, document.source, document.title, passage.id)


def quote_in(passage: Passage, quote: str) -> str | None:
    """The passage's own words where ``quote`` stands in it verbatim, white space apart; else None.

    A table row, or a sentence whose Markdown marks were taken away, stands only in the passage's reading; then its
    text as a whole is the quote. Less than three words are no quote, unless they are all that the passage says.
    """
    words = quote.split()
    if not words:
        return None
    if len(words) < _FEWEST_WORDS and words not in (passage.text.split(), passage.reading.split()):
        return None
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    found = pattern.search(passage.text)
    if found:
        return found.group()
    return passage.text.strip() if pattern.search(passage.reading) else None
