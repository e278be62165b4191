"""What an operator must not change, and the check that it has not: what labels rest on."""

from __future__ import annotations

from typing import Any

from proxy.rehearsal.operators.operator import Operator
from proxy.rehearsal.operators.small_talk import ANSWERS
from proxy.rehearsal.suite.model import Conversation, JsonObject, Turn


class TruthChanged(Exception):
    """An operator has changed what an operator must not: it is a mistake in that operator."""


def check_truth(name: str, operator: Operator, before: Conversation, after: Conversation) -> None:
    """Raises TruthChanged.

    Labels are what they were; an operator after which they would hold no longer takes them away from a turn, and puts
    no others in their place.
    """
    if truth_of(after) != truth_of(before):
        raise TruthChanged(f'the operator "{name}" has changed more than what comes in')
    for old, new in zip(before.turns, after.turns, strict=True):
        taken_away = not operator.keeps_labels and _labelled(new) == ((), None)
        if _labelled(new) != _labelled(old) and not taken_away:
            raise TruthChanged(f'the operator "{name}" has changed labels')


def truth_of(conversation: Conversation) -> list[tuple[Any, ...]]:
    """What labels rest on: answers, what tools and instructions say, and when it was asked."""
    return [
        (turn.answer, turn.at, turn.continues, [one for one in turn.messages if not _is_said_besides(one)])
        for turn in conversation.turns
    ]


def _labelled(turn: Turn) -> tuple[Any, ...]:
    return turn.labels, turn.needs_person


def _is_said_besides(message: JsonObject) -> bool:
    """What a customer says proves nothing, nor does an answer that says nothing."""
    role = message.get("role")
    return role == "user" or (role == "assistant" and message.get("content") in ANSWERS)
