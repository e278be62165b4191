"""Where a claim and the sentence of policy it aligns with differ: values, polarity, order, conditions, scope.

Each difference has words for people; a hard one contradicts by itself when both speak of the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxy.grounding.policy.alignment import Weights
from proxy.grounding.policy.clauses import Clause, Role, clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.polarity import Modality, Order, denies_nothing, opposites_between, stance_of
from proxy.grounding.values.comparing import Relation, compare, contradicts, found_in
from proxy.grounding.values.finding import Value, ValueKind, values_of
from proxy.grounding.values.numbers import numbers_of
from proxy.grounding.values.reckoning import is_derived, lies_between

# What a line says of the cases outside its limit.
_BEYOND = re.compile(
    r"\b(?:otherwise|beyond|anything\s(?:above|over|more|else)|(?:above|over|after|more\sthan|later\sthan)\sthat)\b",
    re.IGNORECASE,
)


class Standing(StrEnum):
    """Where a value of the claim comes from."""

    LINE = "line"
    PASSAGE = "passage"
    ELSEWHERE = "elsewhere"
    QUESTION = "question"
    DERIVED = "derived"
    INSTANCE = "instance"
    CONFLICT = "conflict"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ValueStanding:
    value: Value
    standing: Standing
    against: Value | None = None


def value_standings(
    claim: str, question: str | None, line: str, passage: str, rivals: Sequence[str], elsewhere: Sequence[str]
) -> list[ValueStanding]:
    """Where each value of the claim comes from, the closest place first.

    What the customer or a tool said explains a value only where the policy says no other, or where it is a case of
    the policy's limit ("my bag weighs 25 kg"): a policy pasted into the question proves nothing. ``rivals`` are other
    lines that speak of the claim as well as ``line`` does: a value that stands there conflicts with nothing.
    """
    mine = values_of(claim)
    places = _Places(
        claim=claim,
        line=line,
        mine=mine,
        asked=values_of(question or ""),
        near=values_of(line),
        around=values_of(passage),
        rival=[value for text in rivals for value in values_of(text)],
        far=[value for text in elsewhere for value in values_of(text)],
    )
    return [_standing(value, places) for value in mine]


@dataclass(frozen=True, slots=True)
class _Places:
    claim: str
    line: str
    mine: Sequence[Value]
    asked: Sequence[Value]
    near: Sequence[Value]
    around: Sequence[Value]
    rival: Sequence[Value]
    far: Sequence[Value]


def _standing(value: Value, places: _Places) -> ValueStanding:
    for values, standing in ((places.near, Standing.LINE), (places.around, Standing.PASSAGE)):
        if same := found_in(value, values):
            return ValueStanding(value, standing, same)
    conflict = _conflicting(value, places)
    if found_in(value, places.asked) or lies_between(value, places.asked):
        if conflict is None:
            return ValueStanding(value, Standing.QUESTION)
        if _is_own_case(value, conflict, places):
            return ValueStanding(value, Standing.INSTANCE, conflict)
    if same := found_in(value, places.far if conflict is None else places.rival):
        return ValueStanding(value, Standing.ELSEWHERE, same)
    givens = [other for other in places.mine if other is not value]
    if is_derived(value, givens, places.near, asked=places.asked, text=places.claim):
        return ValueStanding(value, Standing.DERIVED)
    if conflict is not None:
        return ValueStanding(value, Standing.CONFLICT, conflict)
    inside = next((other for other in places.near if compare(value, other) is Relation.COMPATIBLE), None)
    if inside is not None:
        return ValueStanding(value, Standing.INSTANCE, inside)
    return ValueStanding(value, Standing.ABSENT)


def _is_own_case(value: Value, limit: Value, places: _Places) -> bool:
    """Whether the customer's own number is a case of the limit: inside it, or outside where that is what is said.

    Outside, the answer denies, or the line says what holds beyond its limit ("anything above that needs a manager").
    """
    if compare(value, limit) is Relation.COMPATIBLE:
        return True
    is_limit = limit.is_range or limit.comparator.is_limit
    if not (is_limit and not value.comparator.is_limit) and not _is_beyond(value, limit):
        return False
    return bool(_BEYOND.search(places.line, limit.end)) or not denies_nothing(places.claim, places.line)


def _is_beyond(value: Value, limit: Value) -> bool:
    """ "After 45 days" beside "within 30 days"."""
    if value.comparator.is_lower:
        return limit.comparator.is_upper and value.amount >= limit.amount
    return value.comparator.is_upper and limit.comparator.is_lower and value.amount <= limit.amount


def _conflicting(value: Value, places: _Places) -> Value | None:
    """A value of the line that this one contradicts, and that the claim does not repeat elsewhere.

    A limit counts as contradicted by another number too: "you have 20 days" against "within 30 days".
    """
    if _is_elliptic(value, places.near):
        return None
    for other in places.near:
        loose = not other.is_range and compare(value, other) is Relation.COMPATIBLE
        if (loose or contradicts(value, other, places.line)) and not found_in(other, places.mine):
            return other
    return None


def _is_elliptic(value: Value, near: Sequence[Value]) -> bool:
    """Whether the line leaves the number's unit to one said before: "most within 5 minutes, all of them within 20"."""
    number = next(numbers_of(value.quote), None)
    whole = next((other.end for other in near if (other.kind, other.unit) == (value.kind, value.unit)), None)
    if number is None or whole is None or value.kind is ValueKind.COUNT:
        return False
    return any(
        other.kind is ValueKind.COUNT and not other.nouns and other.amount == number.amount
        for other in near
        if other.start > whole
    )


@dataclass(frozen=True, slots=True)
class Contrast:
    """How the stances of claim and line differ; ``words`` are opposites used ("after", "before")."""

    parity: bool
    free: bool
    modality: str
    order: bool
    frame: bool
    words: tuple[tuple[str, str], ...]
    overlap: float


def contrast(claim: str, line: str, weights: Weights) -> Contrast:
    """Compare the claim's statement with the clause of the line that shares most with it."""
    mine, theirs, overlap = _best_pair(claim, line, weights)
    words = opposites_between(claim, line)
    one, other = stance_of(mine.text), stance_of(theirs.text)
    return Contrast(
        parity=one.negated != other.negated,
        free=one.free != other.free,
        modality=_modalities(one.modality, other.modality),
        order=_orders_oppose(claim, line),
        frame=_frames_oppose(claim, line),
        words=words,
        overlap=overlap,
    )


def _best_pair(claim: str, line: str, weights: Weights) -> tuple[Clause, Clause, float]:
    best: tuple[float, Clause, Clause] | None = None
    for mine in clauses_of(claim) or (Clause(claim, Role.STATEMENT),):
        terms = frozenset(concepts_of(mine.text))
        for theirs in clauses_of(line) or (Clause(line, Role.STATEMENT),):
            shared = terms & frozenset(concepts_of(theirs.text))
            role = 1.0 if mine.role is theirs.role else 0.6
            score = role * weights.total(shared)
            if best is None or score > best[0]:
                best = (score, mine, theirs)
    assert best is not None
    _, mine, theirs = best
    both = frozenset(concepts_of(mine.text)) | frozenset(concepts_of(theirs.text))
    shared = frozenset(concepts_of(mine.text)) & frozenset(concepts_of(theirs.text))
    return mine, theirs, weights.share(shared, both) if both else 0.0


def _modalities(one: Modality, other: Modality) -> str:
    return "same" if one is other else "-".join(sorted((one.value, other.value)))


def _ordered_anchors(text: str) -> dict[str, Order]:
    """The content terms of clauses that lie before or after something."""
    anchors: dict[str, Order] = {}
    for clause in clauses_of(text):
        order = stance_of(clause.text).order
        if order is not Order.NONE:
            anchors |= {term: order for term in concepts_of(clause.text)}
    return anchors


def _orders_oppose(claim: str, line: str) -> bool:
    mine, theirs = _ordered_anchors(claim), _ordered_anchors(line)
    shared = sorted(mine.keys() & theirs.keys())
    return bool(shared) and all(mine[term] is not theirs[term] for term in shared)


def _main(text: str) -> bool:
    """Whether the sentence as a whole denies: the parity over its statements."""
    statements = [clause for clause in clauses_of(text) if clause.role is Role.STATEMENT]
    return any(stance_of(clause.text).negated for clause in statements)


def _frames_oppose(claim: str, line: str) -> bool:
    """The same case (after the trip, without a receipt), allowed by one and denied by the other."""
    mine, theirs = _ordered_anchors(claim), _ordered_anchors(line)
    shared = [term for term in mine.keys() & theirs.keys() if mine[term] is theirs[term]]
    return bool(shared) and _main(claim) != _main(line)


_REASON = re.compile(r"\b(?:because|since|so that|due to|owing to|in order to|the reason)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one side restricts and the other does not."""

    only_dropped: bool
    only_added: bool
    universal_added: bool
    condition_dropped: float
    condition_added: float
    exception_dropped: float
    reason_added: bool


def scope_differences(claim: str, question: str | None, line: str, passage: str, weights: Weights) -> Scope:
    """Conditions and exceptions that the claim leaves out or adds; the question may state a condition for it."""
    mine, theirs = stance_of(claim), stance_of(line)
    given = frozenset(concepts_of(f"{claim} {question or ''}"))
    known = frozenset(concepts_of(f"{passage} {question or ''}"))
    return Scope(
        only_dropped=theirs.only and not mine.only,
        only_added=mine.only and not theirs.only,
        universal_added=mine.universal and not theirs.universal,
        condition_dropped=_missing(line, Role.CONDITION, given, weights),
        exception_dropped=_missing(line, Role.EXCEPTION, given, weights),
        condition_added=_missing(claim, Role.CONDITION, known, weights),
        reason_added=bool(_REASON.search(claim)) and not _REASON.search(passage),
    )


def _missing(text: str, role: Role, known: frozenset[str], weights: Weights) -> float:
    """The largest share of a clause of this role that is not among the known terms."""
    missing = [0.0]
    for clause in clauses_of(text):
        terms = frozenset(concepts_of(clause.text))
        if clause.role is role and terms:
            missing.append(1.0 - weights.share(known, terms))
    return max(missing)
