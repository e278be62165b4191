"""A sentence that is policy's own but for one thing: a word or value replaced, a negation, condition, limit or actor
changed, a condition or exception left out.

Overlap cannot see these, and a trained model reads over them: everything else agrees. Both sentences are reduced to the
words that decide (``telling_words.py``) and compared token by token. Where one line says the claim without any such
change, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from proxy.grounding.policy.alignment import Aligned
from proxy.grounding.policy.telling_words import Operator, Token, tokens_of
from proxy.grounding.text.words import words_of
from proxy.grounding.values.comparing import same_number
from proxy.grounding.values.finding import values_of

LINES_READ = 6
_MOST_TOKENS = 80  # of either sentence; the edit script is quadratic
_LEAST_MATCHED = 3  # content tokens
_LEAST_WHOLE = 2  # where nothing else is in the claim
_LEAST_KEPT = 0.7  # of the claim's content tokens that stand in the line in order
_NEARLY_ALL = 0.8  # of both sentences' content: where a single other word makes another sentence of it
_LEAST_NEAR = 4
_PRONOUNS = frozenset("they them their us our he she his her".split())
_CLAUSE_END = re.compile(r"\s?[,;:)]|\.\s|\.?\Z")
_LOCAL = 2  # content tokens on either side of a replacement that is one thing changed


class Change(StrEnum):
    WORD = "word"
    VALUE = "value"
    NEGATION = "negation"
    CONDITION = "condition"
    ORDER = "order"
    MODALITY = "modality"
    BOUND = "bound"
    SCOPE = "scope"
    ACTOR = "actor"
    COST = "cost"
    CHOICE = "choice"
    CONDITION_DROPPED = "condition dropped"
    EXCEPTION_DROPPED = "exception dropped"


@dataclass(frozen=True, slots=True)
class Alteration:
    """``policy`` and ``answer`` are the words of both that differ, as they were written; either may be empty."""

    change: Change
    line: Aligned
    policy: str
    answer: str


# Operators of one group stand for each other where one of them was exchanged.
_GROUPS: tuple[tuple[Change, frozenset[Operator]], ...] = (
    (Change.CONDITION, frozenset({Operator.IF, Operator.UNLESS})),
    (Change.ORDER, frozenset({Operator.BEFORE, Operator.AFTER, Operator.DURING})),
    (Change.MODALITY, frozenset({Operator.MUST, Operator.MAY, Operator.OPTIONAL})),
    (Change.BOUND, frozenset({Operator.AT_MOST, Operator.AT_LEAST})),
    (Change.SCOPE, frozenset({Operator.ALL, Operator.SOME})),
    (Change.SCOPE, frozenset({Operator.ONLY, Operator.NOT_ONLY, Operator.ALSO, Operator.ALL})),
    (Change.ACTOR, frozenset({Operator.WE, Operator.YOU})),
    (Change.CHOICE, frozenset({Operator.AND, Operator.OR})),
    (Change.COST, frozenset({Operator.FREE, Operator.PAID})),
)


def alterations_of(claim: str, question: str | None, aligned: Sequence[Aligned]) -> tuple[Alteration, ...]:
    """What was changed in the line that the claim is nearest to word by word; empty where a line says it unchanged.

    A condition may be given by what the customer asked about: what the question speaks of is not dropped, and with a
    question only a condition at the end of a sentence is one that an answer must keep.
    """
    given = frozenset(token.key for token in tokens_of(question or ""))
    known = frozenset().union(*(each.line.terms for each in aligned))
    fewest: tuple[Alteration, ...] | None = None
    for each in aligned[:LINES_READ]:
        found = _altered(claim, given, known, each)
        if found is not None and (fewest is None or len(found) < len(fewest)):
            fewest = found
    return tuple(
        one for one in fewest or () if one.change is not Change.VALUE or not _said_elsewhere(one, aligned)
    )


def _said_elsewhere(altered: Alteration, aligned: Sequence[Aligned]) -> bool:
    """Whether another line has the claim's value: policy may have several, for several cases."""
    mine = values_of(altered.answer)
    return any(
        same_number(value, other)
        for each in aligned
        if each is not altered.line
        for other in values_of(each.line.text)
        for value in mine
    )


def is_verbatim(claim: str, line: str) -> bool:
    """Whether both say the same telling words in the same order: spelling of numbers and contractions aside."""
    mine = tokens_of(claim)
    return (
        len(mine) >= _LEAST_MATCHED
        and _keys(mine) == _keys(tokens_of(line))
        and _others(claim) == _others(line)
    )


def _others(text: str) -> frozenset[str]:
    """Whom besides the customer a sentence speaks of: "claim from us" is not "claim from them"."""
    return frozenset(words_of(text)) & _PRONOUNS


def _keys(tokens: Sequence[Token]) -> list[str]:
    return [token.key for token in tokens]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A line and a claim with their tokens, and the places where they differ.

    ``missing`` are the line's tokens that are not where the claim has them, ``added`` the claim's; ``near`` says that
    both are the same sentence but for a few words.
    """

    claim: str
    mine: Sequence[Token]
    line: str
    theirs: Sequence[Token]
    steps: tuple[tuple[Sequence[Token], Sequence[Token]], ...]
    given: frozenset[str]
    known: frozenset[str]
    near: bool

    @property
    def missing(self) -> list[Token]:
        return [token for old, _ in self.steps for token in old]

    @property
    def added(self) -> list[Token]:
        return [token for _, new in self.steps for token in new]

    @property
    def turned(self) -> bool:
        """Whether one side denies once more than the other; "unless you pay" is "if you do not pay"."""
        denying = (Operator.NOT, Operator.UNLESS)
        return sum(token.operator in denying for token in (*self.missing, *self.added)) % 2 == 1


def _altered(
    claim: str, given: frozenset[str], known: frozenset[str], each: Aligned
) -> tuple[Alteration, ...] | None:
    """The changes from the line to the claim; None where the claim is another sentence."""
    mine, theirs = tokens_of(claim)[:_MOST_TOKENS], tokens_of(each.line.text)[:_MOST_TOKENS]
    codes = Levenshtein.opcodes(_keys(theirs), _keys(mine))
    matched = sum(_content(theirs[code.src_start : code.src_end]) for code in codes if code.tag == "equal")
    content = _content(mine)
    if matched < max(_LEAST_MATCHED, _LEAST_KEPT * content) and not matched == content >= _LEAST_WHOLE:
        return None
    near = matched >= max(_LEAST_NEAR, _NEARLY_ALL * content, _NEARLY_ALL * _content(theirs))
    steps = tuple(
        (theirs[code.src_start : code.src_end], mine[code.dest_start : code.dest_end])
        for code in codes
        if code.tag != "equal"
    )
    pair = _Pair(claim, mine, each.line.text, theirs, steps, given, known, near)
    found = [
        Alteration(change, each, _written(pair.line, old), _written(claim, new))
        for old, new in steps
        if (change := _change(pair, old, new)) is not None
    ]
    if len(found) > 1:  # words replaced in two places make another sentence
        found = [one for one in found if one.change not in (Change.WORD, Change.NEGATION)]
    return tuple(found)


def _change(pair: _Pair, old: Sequence[Token], new: Sequence[Token]) -> Change | None:
    """What the exchange of ``old`` for ``new`` changes; words that were only moved are none."""
    exchanged = _exchanged(pair, old, new)
    if exchanged is not None:
        return exchanged
    if _is_other_value(pair, old, new):
        return Change.VALUE
    gone, come = _words(_not_among(old, pair.added)), _words(_not_among(new, pair.missing))
    if gone and come:
        return Change.WORD if _is_other_word(pair, gone, come) else None
    if {token.operator for token in (*old, *new)} == {Operator.NOT} and pair.turned:
        return Change.NEGATION
    return _dropped(pair, old) if old and not new else None


def _exchanged(pair: _Pair, old: Sequence[Token], new: Sequence[Token]) -> Change | None:
    """The operator that stands in for another one of its group."""
    for change, group in _GROUPS:
        was, now = {token.operator for token in old} & group, {token.operator for token in new} & group
        if not was or not now or was == now:
            continue
        if change is Change.CONDITION and not pair.turned:
            return None
        if change is Change.ACTOR and not all(
            _only_actors(one) and _only_actors(other) for one, other in pair.steps
        ):
            return None  # "we send you" is "you get"
        return None if change is Change.CHOICE and not pair.near else change
    return None


def _only_actors(tokens: Sequence[Token]) -> bool:
    return [token.operator in (Operator.WE, Operator.YOU) for token in tokens] == [True]


def _is_other_value(pair: _Pair, old: Sequence[Token], new: Sequence[Token]) -> bool:
    """One value for another of its kind and unit, and nothing else but a word or two."""
    was, now = [token for token in old if token.is_value], [token for token in new if token.is_value]
    if len(was) != 1 or len(now) != 1 or was[0].key.split(":")[:2] != now[0].key.split(":")[:2]:
        return False
    if now[0].key in pair.given or max(len(_words(old)), len(_words(new))) > 1:
        return False
    return pair.near or not any(token.key == now[0].key for token in pair.theirs)


def _is_other_word(pair: _Pair, gone: Sequence[Token], come: Sequence[Token]) -> bool:
    """A thing for another one that policy speaks of too; a word that it never uses is its writer's own."""
    return (
        pair.near
        and len(pair.steps) == 1
        and max(len(gone), len(come)) <= _LOCAL
        and gone[0] is not pair.theirs[0]
        and come[0] is not pair.mine[0]
        and all(token.key in pair.known or pair.claim[token.start].isupper() for token in come)
    )


def _dropped(pair: _Pair, old: Sequence[Token]) -> Change | None:
    """A whole clause that begins with its connective, left out of what is else the line."""
    if old[0].operator not in (Operator.IF, Operator.UNLESS) or not _not_among(old, pair.added):
        return None
    before, after = pair.line[: old[0].start].rstrip(), _CLAUSE_END.match(pair.line, old[-1].end)
    is_last = old[-1] is pair.theirs[-1]
    if before.endswith((";", ".")) or not (is_last or after):
        return None  # another rule, or half a clause
    rest = _content(pair.theirs) - _content(old)
    if (
        _content(pair.mine) < _NEARLY_ALL * rest
        or {token.key for token in old if token.is_content} & pair.given
    ):
        return None
    if old[0].operator is Operator.UNLESS:
        return Change.EXCEPTION_DROPPED
    return Change.CONDITION_DROPPED if is_last or not pair.given else None


def _not_among(tokens: Sequence[Token], others: Sequence[Token]) -> list[Token]:
    keys = {token.key for token in others}
    return [token for token in tokens if token.key not in keys]


def _words(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.is_content and not token.is_value]


def _content(tokens: Sequence[Token]) -> int:
    return sum(token.is_content for token in tokens)


def _written(text: str, tokens: Sequence[Token]) -> str:
    return text[tokens[0].start : tokens[-1].end] if tokens else ""
