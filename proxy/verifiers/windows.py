"""What a model reads as its premise, and the verbatim sentence that is quoted from where it decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from proxy.corpus.documents import Hit, Passage
from proxy.grounding.policy.clauses import sentences_of
from proxy.grounding.types import Evidence
from proxy.verifiers.quotes import quote_in

LONGEST = (
    900  # characters of a window, about 200 tokens: with the claim it fits into 256 and 512 token models
)
MOST = 24  # windows of one claim


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
