"""A policy's sentence and an answer's beside each other, token by token: where they differ, and which one denies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from proxy.grounding.policy.telling_words import Operator, Token, tokens_of

_MOST_TOKENS = 80  # of either sentence; the edit script is quadratic
LEAST_MATCHED = 3  # content tokens
_LEAST_WHOLE = 2  # where nothing else is in the claim
_LEAST_KEPT = 0.7  # of the claim's content tokens that stand in the line in order
NEARLY_ALL = 0.8  # of both sentences' content: where a single other word makes another sentence of it
_LEAST_NEAR = 4
_CLAUSE_MARK = re.compile(r"[,;:()]|\.\s")
_SCOPE = 2  # content tokens after a negation that it can deny

NEGATIONS = frozenset({Operator.NOT, Operator.FORBIDDEN})
_TURNING = NEGATIONS | {Operator.UNLESS}
_LIMITS = {
    Operator.BEFORE: "upper",
    Operator.UNTIL: "upper",
    Operator.AT_MOST: "upper",
    Operator.AFTER: "lower",
    Operator.AT_LEAST: "lower",
    Operator.IF: "lower",  # "once it is active"
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A line and a claim with their tokens, and the places where they differ.

    ``missing`` are the line's tokens that are not where the claim has them, ``added`` the claim's; ``near`` says that
    both are the same sentence but for a few words. ``denying`` are the negations of what both speak of, ``turned``
    says that one denies once more than the other ("unless you pay" is "if you do not pay"), ``other_side`` that a
    limit became the one on its other side ("within 30 days", "after 30 days").
    """

    claim: str
    mine: Sequence[Token]
    line: str
    theirs: Sequence[Token]
    steps: tuple[tuple[Sequence[Token], Sequence[Token]], ...]
    missing: tuple[Token, ...]
    added: tuple[Token, ...]
    given: frozenset[str]
    known: frozenset[str]
    near: bool
    denying: frozenset[Token]
    turned: bool
    other_side: bool


def compared(claim: str, line: str, given: frozenset[str], known: frozenset[str]) -> Pair | None:
    """The two beside each other; None where the claim is another sentence than the line.

    ``given`` are the keys of what the customer asked about, ``known`` the terms of all lines.
    """
    mine, theirs = tokens_of(claim)[:_MOST_TOKENS], tokens_of(line)[:_MOST_TOKENS]
    codes = Levenshtein.opcodes(keys_of(theirs), keys_of(mine))
    matched = sum(content_of(theirs[code.src_start : code.src_end]) for code in codes if code.tag == "equal")
    content = content_of(mine)
    if matched < max(LEAST_MATCHED, _LEAST_KEPT * content) and not matched == content >= _LEAST_WHOLE:
        return None
    steps = tuple(
        (theirs[code.src_start : code.src_end], mine[code.dest_start : code.dest_end])
        for code in codes
        if code.tag != "equal"
    )
    denied, denies = _denials(line, theirs, mine), _denials(claim, mine, theirs)
    return Pair(
        claim=claim,
        mine=mine,
        line=line,
        theirs=theirs,
        steps=steps,
        missing=tuple(token for old, _ in steps for token in old),
        added=tuple(token for _, new in steps for token in new),
        given=given,
        known=known,
        near=matched >= max(_LEAST_NEAR, NEARLY_ALL * content, NEARLY_ALL * content_of(theirs)),
        denying=frozenset((*denied, *denies)),
        turned=(len(denied) + len(denies)) % 2 == 1,
        other_side=_has_other_side(theirs, mine, steps),
    )


def _denials(text: str, tokens: Sequence[Token], others: Sequence[Token]) -> list[Token]:
    """The negations of something that the other sentence speaks of too, and those with nothing after them."""
    shared = frozenset(keys_of(others))
    denials = []
    following: tuple[str, ...] = ()  # what comes next in the clause; read backwards
    start = len(text)
    for token in reversed(tokens):
        if _CLAUSE_MARK.search(text, token.end, start):
            following = ()
        start = token.start
        if token.is_content:
            following = (token.key, *following)[:_SCOPE]
        elif token.operator in _TURNING and (not following or not shared.isdisjoint(following)):
            denials.append(token)
    return denials


def _has_other_side(
    theirs: Sequence[Token], mine: Sequence[Token], steps: Iterable[tuple[Sequence[Token], Sequence[Token]]]
) -> bool:
    """A limit is exchanged for one on the other side of what it limits ("within 30 days", "after 30 days"), or for no
    telling word ("not before 8 am", "from 8 am")."""
    of_values = {one for one, after in (*pairwise(theirs), *pairwise(mine)) if after.is_value}
    for old, new in steps:
        was, now = _sides(old), _sides(new)
        alone = not content_of(old) and not content_of(new) and not of_values.isdisjoint((*old, *new))
        if was != now and (alone or (was and now)):
            return True
    return False


def _sides(tokens: Iterable[Token]) -> frozenset[str]:
    return frozenset(_LIMITS[token.operator] for token in tokens if token.operator in _LIMITS)


def keys_of(tokens: Sequence[Token]) -> list[str]:
    return [token.key for token in tokens]


def content_of(tokens: Sequence[Token]) -> int:
    """How many of the tokens are content."""
    return sum(token.is_content for token in tokens)


def operators_of(tokens: Iterable[Token]) -> frozenset[Operator]:
    return frozenset(token.operator for token in tokens if token.operator is not None)
