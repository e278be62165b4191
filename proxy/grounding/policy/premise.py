"""What the entailment model reads: the passages' sentences nearest to the claim as premise, the claim as hypothesis.

The same two functions make the training rows, so that the model is asked what it was taught.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxy.corpus.documents import Hit
from proxy.grounding.policy.alignment import Aligned
from proxy.grounding.policy.clauses import sentences_of

LONGEST_PREMISE = 700  # characters, about 160 tokens
LONGEST_WINDOW = 320  # of one passage
LONGEST_HYPOTHESIS = 400
LONGEST_QUESTION = 200
_HEADINGS = 2  # the innermost headings that are read with a passage


def premise_of(aligned: Sequence[Aligned], longest: int = LONGEST_PREMISE) -> str:
    """The passages of the aligned lines in their order, a line each, the nearest sentences of long ones.

    The first passage is always there; others as long as they fit into ``longest`` characters.
    """
    parts: list[str] = []
    room = longest
    heading = ""
    for hit, line in _passages(aligned):
        above = " › ".join(hit.passage.heading_path[-_HEADINGS:])
        text = window_of(hit.passage.reading, line)
        part = text if above == heading else f"{above}: {text}"
        if parts and len(part) > room:
            continue
        parts.append(part)
        heading, room = above, room - len(part)
    return "\n".join(parts)


def hypothesis_of(claim: str, question: str | None) -> str:
    """The claim with the question that it answers: "Yes, within 30 days." means nothing without it."""
    claim = claim[:LONGEST_HYPOTHESIS].strip()
    asked = " ".join((question or "").split())[-LONGEST_QUESTION:]
    return f"Q: {asked} A: {claim}" if asked else claim


def window_of(reading: str, line: str, longest: int = LONGEST_WINDOW) -> str:
    """The sentences around ``line`` that fit into ``longest`` characters, those before it first."""
    sentences = sentences_of(reading) or (reading.strip(),)
    if len(reading) <= longest or line not in sentences:
        return reading.strip()[:longest]
    first = last = sentences.index(line)
    room = longest - len(line)
    while True:
        if first > 0 and len(sentences[first - 1]) < room:
            first -= 1
            room -= len(sentences[first]) + 1
        elif last + 1 < len(sentences) and len(sentences[last + 1]) < room:
            last += 1
            room -= len(sentences[last]) + 1
        else:
            return " ".join(sentences[first : last + 1])


def _passages(aligned: Sequence[Aligned]) -> Iterator[tuple[Hit, str]]:
    """Each passage once, in the order of its best line, with that line."""
    seen: set[str] = set()
    for each in aligned:
        if each.line.hit.passage.id not in seen:
            seen.add(each.line.hit.passage.id)
            yield each.line.hit, each.line.text
