"""The answers to read first: what was asked, what the model said, what the customer got, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from proxy.context.conversation import said_in
from proxy.rehearsal.replay.asking import REFERENCE
from proxy.rehearsal.replay.outcome import FALSE, Outcome
from proxy.rehearsal.report.answers import Answer, Fault
from proxy.rehearsal.suite.model import Conversation, Turn

_MOST = 12
_MOST_FAILED = 2  # there is nothing to read in them
_LONGEST = 1_200  # characters of a text; the results have it whole


@dataclass(frozen=True, slots=True)
class WorstCase:
    """``turn`` counts from 0. ``said`` is the model's own answer, ``false`` its sentences that are not true."""

    conversation: str
    turn: int
    segment: str
    asked: str
    said: str
    false: tuple[str, ...]
    got: str
    why: tuple[str, ...]
    decision: str | None
    operators: tuple[str, ...]


def worst_cases(
    answers: Sequence[Answer], suite: Mapping[str, Conversation], most: int = _MOST
) -> tuple[WorstCase, ...]:
    """Some of each kind of fault, the worst first; of each, one of every conversation before a second one of any."""
    kinds = [_of_kind(answers, fault) for fault in Fault]
    in_turn = (one for row in zip_longest(*kinds) for one in row if one is not None)
    taken = {one.place for one in islice(in_turn, most)}
    return tuple(
        _case(one, suite[one.outcome.conversation]) for kind in kinds for one in kind if one.place in taken
    )


def _of_kind(answers: Sequence[Answer], fault: Fault) -> list[Answer]:
    found = _spread([one for one in answers if one.faults[:1] == (fault,)])
    return found[:_MOST_FAILED] if fault is Fault.FAILED else found


def _spread(bad: Iterable[Answer]) -> list[Answer]:
    nth: Counter[str] = Counter()
    ranked = []
    for one in sorted(bad, key=lambda each: each.place):
        ranked.append((nth[one.outcome.conversation], one.place, one))
        nth[one.outcome.conversation] += 1
    return [one for *_, one in sorted(ranked, key=lambda each: each[:2])]


def _case(one: Answer, conversation: Conversation) -> WorstCase:
    turn = conversation.turns[one.outcome.turn]
    said = turn.answer.content or ""
    return WorstCase(
        one.outcome.conversation,
        one.outcome.turn,
        one.segment,
        _short(_asked(conversation.turns[: one.outcome.turn + 1])),
        _short(said),
        tuple(_short(said[label.start : label.end]) for label in turn.labels if label.label in FALSE),
        _short(_got(one.outcome)),
        tuple(map(str, one.faults)),
        one.outcome.decision,
        one.outcome.operators,
    )


def _got(outcome: Outcome) -> str:
    if not outcome.text and outcome.error is not None:
        return f"no answer, but an error ({outcome.error})"
    return outcome.text.replace(REFERENCE, "[the case's reference]")


def _asked(turns: Sequence[Turn]) -> str:
    """What the customer said last; after a tool's turn that is in an earlier one."""
    return next((said[-1] for turn in reversed(turns) if (said := said_in(turn.messages))), "")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
