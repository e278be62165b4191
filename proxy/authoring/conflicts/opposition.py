"""Whether a statement and a passage that speak of the same contradict each other, and in what.

Typed differences (values, permission, duty, order in time) say in what; the entailment model, asked as it is asked
about an answer, says whether. Each alone is wrong too often: two rules for two cases differ in their values, and two
texts about one thing may read like a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxy.authoring.conflicts.sameness import Beside
from proxy.corpus.documents import Passage
from proxy.grounding.policy.alignment import Aligned, Line, Weights, align
from proxy.grounding.policy.allowing import opposed
from proxy.grounding.policy.conflicts import ConflictKind, conflicts_of
from proxy.grounding.policy.denied_places import denied_place
from proxy.grounding.policy.differences import Standing, ValueStanding, contrast, value_standings
from proxy.grounding.policy.features import Entail
from proxy.grounding.policy.polarity import Modality, stance_of
from proxy.grounding.policy.premise import hypothesis_of, premise_of
from proxy.grounding.policy.widening import once_only
from proxy.grounding.values.comparing import Relation, compare, same_number
from proxy.grounding.values.finding import values_of
from proxy.grounding.values.units import ValueKind

_SPREAD = frozenset({ValueKind.MONEY, ValueKind.PERCENT, ValueKind.DURATION})
_OTHER_SENTENCE = 0.6  # how much such a difference counts beside one within a sentence
_HEADINGS = 2  # the innermost ones, which say what a statement is about


class Kind(StrEnum):
    """In what two passages contradict each other, in an editor's words."""

    VALUE = "value"
    LIMIT = "limit"
    PERMISSION = "permission"
    DUTY = "duty"
    TIME = "time"
    CONDITION = "condition"
    WORDING = "wording"


_KINDS = {
    ConflictKind.VALUE: Kind.VALUE,
    ConflictKind.PLACE: Kind.VALUE,
    ConflictKind.BOUND: Kind.LIMIT,
    ConflictKind.POLARITY: Kind.PERMISSION,
    ConflictKind.DENIAL: Kind.PERMISSION,
    ConflictKind.MODALITY: Kind.DUTY,
    ConflictKind.FORBIDDEN: Kind.PERMISSION,
    ConflictKind.ORDER: Kind.TIME,
    ConflictKind.CASE: Kind.CONDITION,
    ConflictKind.OPPOSITE: Kind.WORDING,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One typed difference; ``strength`` (0..1) is how much of the statement the line speaks of."""

    kind: Kind
    strength: float
    line: Line
    says: str  # "$50 / $75", or "" where the quotes say it best


def differences_of(beside: Beside, weights: Weights) -> tuple[Difference, ...]:
    """In what a statement differs from a passage, strongest first; cheap, as no model is asked."""
    claim = beside.statement.text
    aligned = align(claim, None, beside.block.lines, weights)
    return tuple(sorted(_differences(claim, beside, aligned, weights), key=lambda one: -one.strength))


def contradiction_read(beside: Beside, weights: Weights, entail: Entail) -> float:
    """The probability (0..1) that the passage contradicts the statement, as the entailment model reads it.

    With and without the statement's headings, the lower of the two; against the whole passage or its nearest sentence
    alone, the higher of the two: what stands around that may blur it.
    """
    statement = beside.statement
    aligned = align(statement.text, None, beside.block.lines, weights)
    best = aligned[0].line
    headings = [_innermost(passage) for passage in (statement.passage, best.hit.passage)]
    hypotheses = [hypothesis_of(statement.reading, given) for given in (None, headings[0])]
    premises = dict.fromkeys((premise_of(aligned), f"{headings[1]}: {best.text}"))
    return max(min(entail(premise, each).contradicted for each in hypotheses) for premise in premises)


def _innermost(passage: Passage) -> str:
    return " › ".join(passage.heading_path[-_HEADINGS:])


def _differences(
    claim: str, beside: Beside, aligned: Sequence[Aligned], weights: Weights
) -> Iterator[Difference]:
    best = aligned[0].line
    standings = value_standings(claim, None, best.text, beside.block.passage.reading, (), ())
    for each in conflicts_of(claim, None, aligned, standings, weights):
        says = _both_values(standings) if each.kind is ConflictKind.VALUE else ""
        yield Difference(_KINDS[each.kind], each.strength, each.line.line, says)
    for against in opposed(claim, None, aligned, weights):
        yield Difference(Kind.PERMISSION, against.strength, against.line.line, "")
    yield from _missing_values(claim, beside)
    if (once := once_only(claim, aligned, weights)) is not None:
        yield Difference(Kind.LIMIT, once.coverage, once.line, "")
    if (place := denied_place(claim, aligned)) is not None:
        yield Difference(Kind.PERMISSION, place.coverage, place.line, "")
    differing = contrast(claim, best.text, weights)
    if differing.free and any(value.kind is ValueKind.MONEY for value in values_of(f"{claim} {best.text}")):
        yield Difference(Kind.VALUE, aligned[0].coverage, best, "")
    if _duty_differs(claim, best.text):
        yield Difference(Kind.DUTY, aligned[0].coverage, best, "")
    alike = stance_of(claim).negated == stance_of(best.text).negated  # "unused" is "not used"
    for mine, theirs in differing.words if alike else ():
        yield Difference(Kind.WORDING, aligned[0].coverage, best, f"{mine} / {theirs}")


def _missing_values(claim: str, beside: Beside) -> Iterator[Difference]:
    """Values of the statement that the passage has otherwise, be it in another sentence: "It costs $50"."""
    around = [(theirs, line) for line in beside.block.lines for theirs in values_of(line.text)]
    for mine in values_of(claim):
        if mine.kind not in _SPREAD or any(same_number(mine, theirs) for theirs, _ in around):
            continue
        against = [(theirs, line) for theirs, line in around if compare(mine, theirs) is Relation.CONFLICT]
        for theirs, line in against[:1]:
            strength = beside.sameness.said * _OTHER_SENTENCE
            yield Difference(Kind.VALUE, strength, line, f"{mine.quote} / {theirs.quote}")


def _duty_differs(claim: str, line: str) -> bool:
    """What one side leaves open and the other does not: "need not bring proof" against "bring proof"."""
    one, other = stance_of(claim), stance_of(line)
    optional = [stance.modality is Modality.OPTIONAL for stance in (one, other)]
    return optional[0] != optional[1] and not one.negated and not other.negated


def _both_values(standings: Sequence[ValueStanding]) -> str:
    pairs = (
        f"{one.value.quote} / {one.against.quote}"
        for one in standings
        if one.standing is Standing.CONFLICT and one.against is not None
    )
    return ", ".join(dict.fromkeys(pairs))
