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
from itertools import pairwise

from proxy.grounding.policy.alignment import Aligned
from proxy.grounding.policy.sentence_pairs import (
    LEAST_MATCHED,
    NEARLY_ALL,
    NEGATIONS,
    Pair,
    compared,
    content_of,
    keys_of,
    operators_of,
)
from proxy.grounding.policy.telling_words import Operator, Token, tokens_of, written_words
from proxy.grounding.text.verb_forms import base_form
from proxy.grounding.values.comparing import found_in
from proxy.grounding.values.finding import values_of

LINES_READ = 6
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


# "We notify you", "you are notified": who is spoken of first is not who acts.
_PASSIVE = re.compile(
    r"\b(?:be|is|are|was|were|been|being)\s(?:(?:not|also|only|then|\w+ly)\s)?"
    r"(?!(?:required|obliged|allowed|permitted|entitled)\sto\b)(?P<word>\w+)",
    re.IGNORECASE,
)

# Operators of one group stand for each other where one of them was exchanged.
_GROUPS: tuple[tuple[Change, frozenset[Operator]], ...] = (
    (Change.CONDITION, frozenset({Operator.IF, Operator.UNLESS})),
    (Change.ORDER, frozenset({Operator.BEFORE, Operator.AFTER, Operator.DURING})),
    (Change.MODALITY, frozenset({Operator.MUST, Operator.MAY})),
    (Change.MODALITY, frozenset({Operator.MUST, Operator.OPTIONAL})),
    (Change.MODALITY, frozenset({Operator.FORBIDDEN, Operator.OPTIONAL})),
    (Change.NEGATION, frozenset({Operator.FORBIDDEN, Operator.MAY})),
    (Change.NEGATION, frozenset({Operator.FORBIDDEN, Operator.MUST})),
    (Change.BOUND, frozenset({Operator.AT_MOST, Operator.AT_LEAST})),
    (Change.SCOPE, frozenset({Operator.ALL, Operator.SOME})),
    (Change.SCOPE, frozenset({Operator.ONLY, Operator.NOT_ONLY, Operator.ALSO, Operator.ALL})),
    (Change.ACTOR, frozenset({Operator.WE, Operator.US, Operator.YOU})),
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
    """Whether the claim's value is said, in other words or by another line: policy may have several, for several cases.

    "From 9 to 5" is said where one sentence has it open at 9, and another one has it close at 5.
    """
    mine, changed = values_of(altered.answer), values_of(altered.policy)
    said = [value for each in aligned if each is not altered.line for value in values_of(each.line.text)]
    return any(
        found_in(value, said)
        or found_in(value, changed)
        or (value.is_range and found_in(value, [*changed, *said]))
        for value in mine
    )


def is_verbatim(claim: str, line: str) -> bool:
    """Whether both say the same words in the same order: spelling of numbers, contractions and courtesies aside.

    Words of one concept are other words here ("guests" for "members"), as are all small ones ("from" for "by").
    """
    mine = tokens_of(claim)
    return (
        len(mine) >= LEAST_MATCHED
        and keys_of(mine) == keys_of(tokens_of(line))
        and written_words(claim) == written_words(line)
    )


def _altered(
    claim: str, given: frozenset[str], known: frozenset[str], each: Aligned
) -> tuple[Alteration, ...] | None:
    """The changes from the line to the claim; None where the claim is another sentence."""
    pair = compared(claim, each.line.text, given, known)
    if pair is None:
        return None
    found = [
        Alteration(change, each, _written(pair.line, old), _written(claim, new))
        for old, new in pair.steps
        if (change := _change(pair, old, new)) is not None
    ]
    if len(found) > 1:  # words replaced in two places make another sentence
        found = [one for one in found if one.change not in (Change.WORD, Change.NEGATION)]
    return tuple(found)


def _change(pair: Pair, old: Sequence[Token], new: Sequence[Token]) -> Change | None:
    """What the exchange of ``old`` for ``new`` changes; words that were only moved are none."""
    exchanged = _exchanged(pair, old, new)
    if exchanged is not None:
        return exchanged
    if _is_other_value(pair, old, new):
        return Change.VALUE
    gone, come = _words(_not_among(old, pair.added)), _words(_not_among(new, pair.missing))
    if gone and come:
        return Change.WORD if _is_other_word(pair, gone, come) else None
    if _is_denied(pair, old, new):
        return Change.NEGATION
    return _dropped(pair, old) if old and not new else None


def _exchanged(pair: Pair, old: Sequence[Token], new: Sequence[Token]) -> Change | None:
    """The operator that stands in for another one of its group."""
    for change, group in _GROUPS:
        was, now = operators_of(old) & group, operators_of(new) & group
        if was and now and was != now:
            return change if _matters(pair, change, old, new) else None
    return None


def _matters(pair: Pair, change: Change, old: Sequence[Token], new: Sequence[Token]) -> bool:
    """Whether the exchange of ``old`` for ``new`` says another thing, the rest of the sentence being as it is."""
    if change is Change.CONDITION:
        return pair.turned
    if change in (Change.ORDER, Change.BOUND, Change.COST):
        return not pair.turned  # "not after" is "only before"
    if change is Change.NEGATION:
        return pair.turned and not pair.other_side
    if change is Change.ACTOR:
        return _is_other_actor(pair)
    if change is Change.CHOICE:
        return pair.near
    if change is Change.MODALITY:
        return Operator.OPTIONAL in operators_of((*old, *new)) or not _is_same_duty(pair, new)
    return True


def _is_denied(pair: Pair, old: Sequence[Token], new: Sequence[Token]) -> bool:
    """A negation put in or taken out, or put for a verb that permits or obliges."""
    operators = operators_of((*old, *new))
    return (
        not pair.denying.isdisjoint((*old, *new))
        and operators <= NEGATIONS | {Operator.MAY, Operator.MUST}
        and not content_of(old)
        and not content_of(new)
        and _matters(pair, Change.NEGATION, old, new)
    )


def _is_other_actor(pair: Pair) -> bool:
    """Whether nothing but who acts was exchanged: "we send you" is "you get", "we notify" is "you are notified"."""
    return all(_only_actors(old) and _only_actors(new) for old, new in pair.steps) and (
        _passives(pair.line) == _passives(pair.claim)
    )


def _only_actors(tokens: Sequence[Token]) -> bool:
    return [token.operator in (Operator.WE, Operator.US, Operator.YOU) for token in tokens] == [True]


def _passives(text: str) -> int:
    words = (match["word"].lower() for match in _PASSIVE.finditer(text))
    return sum(word.endswith(("ed", "en")) or base_form(word) != word for word in words)


def _is_same_duty(pair: Pair, new: Sequence[Token]) -> bool:
    """Up to a limit or by a deadline one must and may do the same; "must be in cash" is "can only be in cash".

    What we must do by then is a promise, which "we may" takes back.
    """
    both = (pair.added, pair.missing) if Operator.MAY in operators_of(new) else (pair.missing, pair.added)
    permitted, obliged = (operators_of(side) for side in both)
    if Operator.ONLY in permitted - obliged:
        return True
    return Operator.WE not in operators_of(pair.theirs) and _has_deadline(pair.mine)


def _has_deadline(tokens: Sequence[Token]) -> bool:
    """A limit in time or number; what must be done before an event is done at least so long before it."""
    before = Operator.BEFORE in operators_of(tokens)
    limits = (Operator.AT_MOST, Operator.UNTIL, *((Operator.AT_LEAST,) if before else ()))
    return any(token.operator in limits and after.is_value for token, after in pairwise(tokens))


def _is_other_value(pair: Pair, old: Sequence[Token], new: Sequence[Token]) -> bool:
    """One value for another of its kind and unit, and nothing else but a word or two."""
    was, now = [token for token in old if token.is_value], [token for token in new if token.is_value]
    if len(was) != 1 or len(now) != 1 or was[0].key.split(":")[:2] != now[0].key.split(":")[:2]:
        return False
    if now[0].key in pair.given or max(len(_words(old)), len(_words(new))) > 1:
        return False
    return pair.near or not any(token.key == now[0].key for token in pair.theirs)


def _is_other_word(pair: Pair, gone: Sequence[Token], come: Sequence[Token]) -> bool:
    """A thing for another one that policy speaks of too; a word that it never uses is its writer's own."""
    return (
        pair.near
        and len(pair.steps) == 1
        and max(len(gone), len(come)) <= _LOCAL
        and gone[0].start != pair.theirs[0].start
        and come[0].start != pair.mine[0].start
        and all(token.key in pair.known or pair.claim[token.start].isupper() for token in come)
    )


def _dropped(pair: Pair, old: Sequence[Token]) -> Change | None:
    """A whole clause that begins with its connective, left out of what is else the line."""
    if old[0].operator not in (Operator.IF, Operator.UNLESS) or not _not_among(old, pair.added):
        return None
    before, after = pair.line[: old[0].start].rstrip(), _CLAUSE_END.match(pair.line, old[-1].end)
    is_last = old[-1] is pair.theirs[-1]
    if before.endswith((";", ".")) or not (is_last or after):
        return None  # another rule, or half a clause
    rest = content_of(pair.theirs) - content_of(old)
    if (
        content_of(pair.mine) < NEARLY_ALL * rest
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


def _written(text: str, tokens: Sequence[Token]) -> str:
    return text[tokens[0].start : tokens[-1].end] if tokens else ""
