"""Which sentences of the passages speak of what the claim speaks of, and how much of it they say.

A term weighs more the fewer of the retrieved sentences have it, so that the words every sentence of a policy shares
("ticket", "refund") decide less than those that tell them apart.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from proxy.corpus.documents import Hit, PassageKind
from proxy.grounding.policy.clauses import sentences_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.values.comparing import same_number
from proxy.grounding.values.finding import values_of
from proxy.grounding.values.units import ValueKind

LONGEST_LINE = 600  # characters; what fuzzy matching reads of a sentence
_MONEY_TERMS = frozenset(concepts_of("fee pay"))
MOST_LINES = 120  # sentences taken from all passages together


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a passage's reading, with the sentence of its text that says the same, verbatim."""

    hit: Hit
    text: str
    quote: str
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each term tells, from how few lines have it."""

    by_term: Mapping[str, float]
    unseen: float

    def total(self, terms: Iterable[str]) -> float:
        # Sorted, because the order of a sum's parts shows in its last digit and sets have none.
        return sum(self.by_term.get(term, self.unseen) for term in sorted(terms))

    def share(self, part: frozenset[str], whole: frozenset[str]) -> float:
        """The weight of ``whole``'s terms that are in ``part``, 0..1; 1 where ``whole`` is empty."""
        total = self.total(whole)
        return self.total(whole & part) / total if total else 1.0


@dataclass(frozen=True, slots=True)
class Aligned:
    """A line beside the claim; all shares are 0..1.

    ``coverage`` is the share of the claim that the line says, ``reverse`` the share of the line that claim and
    question say, ``likeness`` a fuzzy ratio of the wordings, ``values`` the share of the claim's values that the line
    has, ``topic`` the share of claim and question that stands in the line
    or in the headings above it.
    """

    line: Line
    coverage: float
    reverse: float
    likeness: float
    values: float
    topic: float

    @property
    def score(self) -> float:
        meaning = max(0.0, self.line.hit.semantic)
        words = 0.5 * self.coverage + 0.15 * self.reverse + 0.15 * self.likeness
        return words + 0.1 * meaning + 0.1 * self.values + 0.3 * self.topic


def lines_of(hits: Sequence[Hit]) -> list[Line]:
    """The sentences of all passages in the hits' order."""
    lines: list[Line] = []
    for hit in hits:
        row = hit.passage.kind is PassageKind.TABLE_ROW  # its cells mean nothing without each other
        texts = (hit.passage.reading.strip(),) if row else sentences_of(hit.passage.reading)
        quotes = _quotes(hit)
        for text in texts:
            lines.append(Line(hit, text, _quote_for(text, quotes), _terms(text)))
    return lines[:MOST_LINES]


def _terms(text: str) -> frozenset[str]:
    """The terms of a line; a sum of money says "cost" and "pay" without the words."""
    money = any(value.kind is ValueKind.MONEY for value in values_of(text))
    return frozenset(concepts_of(text)) | (_MONEY_TERMS if money else frozenset())


def weights_of(lines: Sequence[Line]) -> Weights:
    """Inverse document frequency over the lines."""
    counts = Counter(term for line in lines for term in line.terms)
    total = len(lines) + 1
    return Weights({term: _weight(total, count) for term, count in counts.items()}, _weight(total, 0))


def align(claim: str, question: str | None, lines: Sequence[Line], weights: Weights) -> list[Aligned]:
    """Every line beside the claim, the best first; ties go to the earlier hit."""
    terms = frozenset(concepts_of(claim))
    asked = frozenset(concepts_of(question or ""))
    given = terms | asked
    aligned = [
        Aligned(
            line=line,
            coverage=weights.share(line.terms, terms),
            reverse=weights.share(given, line.terms) if line.terms else 0.0,
            likeness=fuzz.token_set_ratio(claim[:LONGEST_LINE].lower(), line.text[:LONGEST_LINE].lower())
            / 100,
            values=_values_shared(claim, line.text),
            topic=weights.share(line.terms | heads_of(line.hit), given),
        )
        for line in lines
    ]
    return sorted(aligned, key=lambda each: -each.score)


def heads_of(hit: Hit) -> frozenset[str]:
    """The terms of the headings that a passage stands under, its document's title first."""
    return frozenset(concepts_of(" ".join((hit.passage.document.title, *hit.passage.heading_path))))


def sentence_before(line: Line) -> str:
    """The sentence before the line in its passage: "it" and "them" stand for what that speaks of."""
    sentences = sentences_of(line.hit.passage.reading)
    place = sentences.index(line.text) if line.text in sentences else 0
    return sentences[place - 1] if place else ""


def _values_shared(claim: str, line: str) -> float:
    mine, theirs = values_of(claim), values_of(line)
    if not mine:
        return 0.0
    return sum(any(same_number(value, other) for other in theirs) for value in mine) / len(mine)


def _weight(total: int, count: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _quotes(hit: Hit) -> tuple[str, ...]:
    text = hit.passage.text
    if hit.passage.kind is PassageKind.PARAGRAPH:
        return sentences_of(text) or (text.strip(),)
    return (text.strip(),)


def _quote_for(sentence: str, quotes: Sequence[str]) -> str:
    """The verbatim sentence of the passage's text that reads like ``sentence``."""
    if len(quotes) == 1 or sentence in quotes:
        return sentence if sentence in quotes else quotes[0]
    return max(quotes, key=lambda quote: fuzz.ratio(sentence[:LONGEST_LINE], quote[:LONGEST_LINE]))
