"""Typed conflicts between a claim and a line of policy, each with a reason in words that can be shown to people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxy.grounding.policy.alignment import Aligned, Weights
from proxy.grounding.policy.allowing import ALLOWING, object_of
from proxy.grounding.policy.clauses import Clause, Role, clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.differences import Standing, ValueStanding
from proxy.grounding.policy.exceptions import speaks_of_exception
from proxy.grounding.policy.polarity import (
    Modality,
    Order,
    Stance,
    denials_of,
    denied_by_one,
    denied_concepts,
    denies,
    denies_nothing,
    opposites_between,
    stance_of,
)
from proxy.grounding.text.words import stem, words_of
from proxy.grounding.values.comparing import limits_differ, same_number
from proxy.grounding.values.finding import Value, values_of
from proxy.grounding.values.wording import in_words

LINES_READ = 6
# What may be denied of a thing without saying which.
_DENYING_ANYTHING = ALLOWING | frozenset(concepts_of("promise guarantee"))
_STANDS_FOR = re.compile(r"(?:it|they|this|that|these|those)\b", re.IGNORECASE)
_ORDERING = frozenset(concepts_of("after before until since following prior already later earlier"))
_STRETCH = re.compile(r"(?:[^,;:.]|(?<=\d)[.,:](?=\d))+")


class ConflictKind(StrEnum):
    VALUE = "value"
    BOUND = "bound"
    POLARITY = "polarity"
    MODALITY = "modality"
    FORBIDDEN = "forbidden"
    ORDER = "order"
    CASE = "case"
    OPPOSITE = "opposite"
    DENIAL = "denial"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Conflict:
    """``strength`` (0..1) is how much of the claim the conflicting line speaks of."""

    kind: ConflictKind
    line: Aligned
    reason: str
    strength: float


def conflicts_of(
    claim: str,
    question: str | None,
    aligned: Sequence[Aligned],
    standings: Sequence[ValueStanding],
    weights: Weights,
) -> list[Conflict]:
    """All typed conflicts, the strongest first; ``standings`` are those against the first line."""
    found = list(_value_conflicts(aligned[0], standings)) if aligned else []
    found += [conflict for each in aligned[:1] for conflict in _place_conflicts(claim, question or "", each)]
    nearest = aligned[:LINES_READ]
    said = [value for each in nearest for value in values_of(each.line.text)]
    for each in nearest:
        found += _line_conflicts(claim, each, weights, said)
    return sorted(found, key=lambda conflict: -conflict.strength)


def _value_conflicts(best: Aligned, standings: Sequence[ValueStanding]) -> Iterator[Conflict]:
    for each in standings:
        if each.standing is Standing.CONFLICT and each.against is not None:
            reason = f"the policy says {in_words(each.against)}, the answer says {in_words(each.value)}"
            yield Conflict(ConflictKind.VALUE, best, reason, best.coverage)


def _line_conflicts(claim: str, each: Aligned, weights: Weights, said: Sequence[Value]) -> Iterator[Conflict]:
    yield from _bound_conflicts(claim, each, said)
    if not (stance_of(claim).free or stance_of(each.line.text).free):  # "no fee" affirms and denies at once
        yield from _polarity_conflicts(claim, each)
        yield from _denial_conflicts(claim, each, weights)
    yield from _case_conflicts(claim, each, weights)
    yield from _clause_conflicts(claim, each, weights)


def _bound_conflicts(claim: str, each: Aligned, said: Sequence[Value]) -> Iterator[Conflict]:
    """The same number only as the opposite kind of limit, where neither sentence denies anything.

    ``said`` are the values of all lines near the claim: one that agrees settles it.
    """
    if stance_of(claim).negated or stance_of(each.line.text).negated:
        return
    for mine in values_of(claim):
        agreed = any(same_number(mine, theirs) and not limits_differ(mine, theirs) for theirs in said)
        twins = [theirs for theirs in values_of(each.line.text) if same_number(mine, theirs)]
        opposed = [theirs for theirs in twins if limits_differ(mine, theirs)]
        if opposed and not agreed:
            reason = f"the policy says {in_words(opposed[0])}, the answer says {in_words(mine)}"
            yield Conflict(ConflictKind.BOUND, each, reason, each.coverage)


def _polarity_conflicts(claim: str, each: Aligned) -> Iterator[Conflict]:
    """A term that one side denies and the other affirms: "is refunded" against "is not refunded"."""
    for term, by_policy in denied_by_one(claim, each.line.text):
        affirming, denying = (claim, each.line.text) if by_policy else (each.line.text, claim)
        if not denies_nothing(affirming, denying):
            continue
        word = _word(each.line.text if by_policy else claim, term)
        who, whom = ("policy", "answer") if by_policy else ("answer", "policy")
        reason = f"the {who} denies what the {whom} affirms (“{word}”): the policy says “{each.line.text}”"
        yield Conflict(ConflictKind.POLARITY, each, reason, each.coverage)


def _denial_conflicts(claim: str, each: Aligned, weights: Weights) -> Iterator[Conflict]:
    """The clause of policy that the claim speaks of denies, and nothing in the claim does; or the other way round."""
    for mine in clauses_of(claim):
        pair = _counterpart(mine, each, weights)
        if pair is None or mine.role is not Role.STATEMENT:
            continue
        theirs, overlap = pair
        policy_denies = (
            theirs.role is Role.STATEMENT and denies(theirs.text) and denies_nothing(claim, each.line.text)
        )
        answer_denies = denies(mine.text) and denies_nothing(each.line.text, claim)
        if policy_denies or answer_denies:
            who, whom = ("policy", "answer") if policy_denies else ("answer", "policy")
            reason = f"the {who} denies what the {whom} affirms: the policy says “{each.line.text}”"
            yield Conflict(ConflictKind.DENIAL, each, reason, overlap)


def misplaced(claim: str, given: str, line: str) -> tuple[Value, Value] | None:
    """A value that the line has, but for another case: "50%" where it says "mobile 60%, broadband 50%".

    The words that only the value's own stretch of the line has are not in claim or question, and words that only
    another value's stretch has are. Returns the claim's value and the one that stands for its case.
    """
    said = frozenset(concepts_of(f"{claim} {given}"))
    stretches = _stretches(line)
    for mine in values_of(claim):
        own = [terms for value, terms in stretches if same_number(mine, value)]
        rivals = [(value, terms) for value, terms in stretches if _rivals(mine, value, claim)]
        for value, terms in rivals:
            ours = frozenset().union(*own)
            if own and (terms - ours) & said and ours - terms and not (ours - terms) & said:
                return mine, value
    return None


def _rivals(mine: Value, other: Value, claim: str) -> bool:
    if same_number(mine, other) or any(same_number(value, other) for value in values_of(claim)):
        return False
    return mine.kind is other.kind and (mine.unit == other.unit)


def _stretches(line: str) -> list[tuple[Value, frozenset[str]]]:
    """Each value of the line with the content terms of the clause it stands in, up to the values next to it."""
    found = []
    for match in _STRETCH.finditer(line):
        for value in values_of(line):
            if match.start() <= value.start < match.end():
                found.append((value, frozenset(concepts_of(match.group()))))
    return found


def _place_conflicts(claim: str, question: str, each: Aligned) -> Iterator[Conflict]:
    found = misplaced(claim, question, each.line.text)
    if found is not None:
        mine, theirs = found
        said = f"the policy says {in_words(theirs)}, the answer says {in_words(mine)}"
        reason = f"for this case {said}: “{each.line.text}”"
        yield Conflict(ConflictKind.PLACE, each, reason, each.coverage)


def _clause_conflicts(claim: str, each: Aligned, weights: Weights) -> Iterator[Conflict]:
    for mine in clauses_of(claim):
        pair = _counterpart(mine, each, weights)
        if pair is None:
            continue
        theirs, overlap = pair
        strength = overlap * each.coverage
        words = opposites_between(mine.text, theirs.text)
        one, other = stance_of(mine.text), stance_of(theirs.text)
        if words and one.negated == other.negated:
            said, answered = words[0][1], words[0][0]
            reason = f"the policy says “{_word(theirs.text, said)}”, the answer says “{_word(mine.text, answered)}”"
            yield Conflict(ConflictKind.OPPOSITE, each, reason, strength)
        if {one.modality, other.modality} == {Modality.MUST, Modality.OPTIONAL}:
            required = "requires" if other.modality is Modality.MUST else "does not require"
            reason = f"the policy {required} it: “{theirs.text}”, the answer says “{mine.text}”"
            yield Conflict(ConflictKind.MODALITY, each, reason, strength)
        if _only_one_forbids(one, other):
            left, barred = ("answer", "policy") if other.forbidden else ("policy", "answer")
            reason = f"the {barred} forbids what the {left} leaves open: the policy says “{each.line.text}”"
            yield Conflict(ConflictKind.FORBIDDEN, each, reason, _same_object(mine, theirs, weights))
        if (
            {one.order, other.order} == {Order.BEFORE, Order.AFTER}
            and one.negated == other.negated
            and not words
        ):
            reason = f"the policy says “{theirs.text}”, the answer says “{mine.text}”: the order is the other way round"
            yield Conflict(ConflictKind.ORDER, each, reason, strength)


def _only_one_forbids(one: Stance, other: Stance) -> bool:
    """Whether one side says "may not" where the other says "need not"."""
    return (one.forbidden and other.modality is Modality.OPTIONAL) or (
        other.forbidden and one.modality is Modality.OPTIONAL
    )


def _same_object(mine: Clause, theirs: Clause, weights: Weights) -> float:
    """How far two clauses speak of the same thing, whatever they allow or deny of it (Jaccard)."""
    one, other = object_of(mine.text), object_of(theirs.text)
    return weights.share(one & other, one | other) if one & other else 0.0


def _counterpart(mine: Clause, each: Aligned, weights: Weights) -> tuple[Clause, float] | None:
    """The clause of the line that shares most with ``mine``, and their weighted overlap (Jaccard)."""
    terms = frozenset(concepts_of(mine.text))
    best: tuple[Clause, float] | None = None
    for theirs in clauses_of(each.line.text):
        other = frozenset(concepts_of(theirs.text))
        overlap = weights.share(terms & other, terms | other) if terms & other else 0.0
        if overlap and (best is None or overlap > best[1]):
            best = (theirs, overlap)
    return best


@dataclass(frozen=True, slots=True)
class _Case:
    """A clause that sets a case in time ("after travel has been completed") and the statement made about it."""

    order: Order
    terms: frozenset[str]
    statement: Clause


def _cases(text: str) -> Iterator[_Case]:
    clauses = clauses_of(text)
    for position, clause in enumerate(clauses):
        order = stance_of(clause.text).order
        if order is Order.NONE:
            continue
        statement = clause if clause.role is Role.STATEMENT else _governing(clauses, position)
        if statement is not None:
            yield _Case(order, frozenset(concepts_of(clause.text)) - _ORDERING, statement)


def _governing(clauses: Sequence[Clause], position: int) -> Clause | None:
    """The statement a condition belongs to: the one before it, or, where it opens the sentence, the one after."""
    before = [clause for clause in clauses[:position] if clause.role is Role.STATEMENT]
    after = [clause for clause in clauses[position + 1 :] if clause.role is Role.STATEMENT]
    return before[-1] if before else (after[0] if after else None)


def _case_conflicts(claim: str, each: Aligned, weights: Weights) -> Iterator[Conflict]:
    """The same case, allowed by the answer and ruled out by the policy."""
    claim_terms = frozenset(concepts_of(claim))
    for mine in _cases(claim):
        for theirs in _cases(each.line.text):
            shared = mine.terms & theirs.terms
            topic = claim_terms & frozenset(concepts_of(each.line.text)) - _ORDERING
            if mine.order is not theirs.order or not shared or len(topic) <= len(shared):
                continue
            if stance_of(mine.statement.text).negated or not _ruled_out(theirs, claim):
                continue
            if not speaks_of_exception(claim, each.line.text, weights):
                reason = f"the policy rules out this case: “{each.line.text}”"
                yield Conflict(
                    ConflictKind.CASE, each, reason, weights.share(topic, each.line.terms - _ORDERING)
                )


def _ruled_out(case: _Case, claim: str) -> bool:
    """Whether the claim affirms what policy denies of the case, of the same thing.

    "The order cannot be cancelled" denies no return, "it does not apply" anything.
    """
    policy, answer = denials_of(case.statement.text), denials_of(claim)
    if not policy.denied or policy.denied & (answer.denied | answer.near):
        return False
    affirmed = frozenset(concepts_of(claim))
    denied = denied_concepts(case.statement.text) - _DENYING_ANYTHING
    about = object_of(case.statement.text) - case.terms - denied
    if _STANDS_FOR.match(case.statement.text):
        about = frozenset()
    return (not denied or bool(denied & affirmed)) and (not about or bool(about & affirmed))


def _word(text: str, wanted: str) -> str:
    """The word of ``text`` whose stem is ``wanted``."""
    return next((word for word in words_of(text) if stem(word) == wanted), wanted)
