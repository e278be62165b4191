"""Which thing a value belongs to: "50%" is right for broadband and wrong for mobile where policy has a share for each.

A value is read with the words of its stretch (the part of the sentence between two separators) and of its whole line,
headings included. A claim's value is misplaced where another value of the same kind stands with the claim's words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from proxy.grounding.policy.alignment import Aligned, Weights, heads_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.text.words import READINGS_KEPT
from proxy.grounding.values.comparing import Relation, compare, same_number
from proxy.grounding.values.finding import Value, values_of
from proxy.grounding.values.units import ValueKind

_STRETCH = re.compile(r"(?:[^,;:.()]|(?<=\d)[.,:](?=\d))+")
_LINES_READ = 24
_STRETCH_SHARE = 0.5  # of the score; the rest is how much of the claim the whole line says
_COMPARED = frozenset(
    {
        ValueKind.MONEY,
        ValueKind.PERCENT,
        ValueKind.DURATION,
        ValueKind.MEASURE,
        ValueKind.TIME,
        ValueKind.COUNT,
    }
)


@dataclass(frozen=True, slots=True)
class Binding:
    """A value of the claim, how well its words fit the best place that has it (0..1), and the best rival.

    ``rival`` is another value of the same kind, ``rival_fit`` how well the claim's words fit where that one stands.
    """

    value: Value
    fit: float
    rival: Value | None
    rival_fit: float
    rival_line: Aligned | None

    @property
    def gap(self) -> float:
        return max(0.0, self.rival_fit - self.fit)


@lru_cache(maxsize=READINGS_KEPT)
def stretches_of(text: str) -> tuple[tuple[Value, frozenset[str]], ...]:
    """Each value of a text with the content terms of the stretch it stands in."""
    spans = [
        (match.start(), match.end(), frozenset(concepts_of(match.group())))
        for match in _STRETCH.finditer(text)
    ]
    found = []
    for value in values_of(text):
        terms = [terms for start, end, terms in spans if start < value.end and value.start < end]
        found.append((value, frozenset().union(*terms)))
    return tuple(found)


def bindings_of(
    claim: str, question: str | None, aligned: Sequence[Aligned], weights: Weights
) -> tuple[Binding, ...]:
    """How the claim's values are bound, each against the lines that speak of the claim."""
    asked = frozenset(concepts_of(question or ""))
    whole = frozenset(concepts_of(claim))
    mine = [(value, terms) for value, terms in stretches_of(claim) if value.kind in _COMPARED]
    return tuple(
        _binding(value, terms, (whole, asked), [value for value, _ in mine], aligned[:_LINES_READ], weights)
        for value, terms in mine
    )


def _binding(
    value: Value,
    terms: frozenset[str],
    given: tuple[frozenset[str], frozenset[str]],
    said: Sequence[Value],
    aligned: Sequence[Aligned],
    weights: Weights,
) -> Binding:
    whole, asked = given
    own = rival_fit = 0.0
    rival: Value | None = None
    rival_line: Aligned | None = None
    for each in aligned:
        line_terms = each.line.terms | heads_of(each.line.hit)
        line_fit = weights.share(line_terms, whole)
        for other, stretch in stretches_of(each.line.text):
            if other.kind is not value.kind:
                continue
            fit = _fit(terms, stretch, whole | asked, weights) * _STRETCH_SHARE + line_fit * (
                1 - _STRETCH_SHARE
            )
            if same_number(value, other):
                own = max(own, fit)
            elif fit > rival_fit and _rivals(value, other, said):
                rival, rival_fit, rival_line = other, fit, each
    return Binding(value, own, rival, rival_fit, rival_line)


def _fit(terms: frozenset[str], stretch: frozenset[str], given: frozenset[str], weights: Weights) -> float:
    """How much of the claim's stretch stands by the policy's value, and how much of that the claim or question says."""
    if not terms or not stretch:
        return 0.5
    return 0.5 * weights.share(stretch, terms) + 0.5 * weights.share(given, stretch)


def _rivals(value: Value, other: Value, said: Sequence[Value]) -> bool:
    """Whether the line has another value than the claim, and one that the claim nowhere says, not as a range's end."""
    if compare(value, other) is not Relation.CONFLICT:
        return False
    is_end = value.is_range and other.amount in (value.amount, value.high)
    return not is_end and not any(same_number(each, other) for each in said)
