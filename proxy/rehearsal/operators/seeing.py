"""Whether a recorded conversation shows what an operator does: by words, by facts, by how much was said."""

from __future__ import annotations

import re
from collections.abc import Callable

from proxy.context.conversation import said_in
from proxy.rehearsal.suite.model import Conversation

Seen = Callable[[Conversation], bool | None]
"""Whether it is there; None where the conversation does not say."""


def said_by_customer(conversation: Conversation) -> list[str]:
    """What the customer wrote, once each: a later request may repeat all of it."""
    return list(dict.fromkeys(text for turn in conversation.turns for text in said_in(turn.messages)))


def says(*phrases: str) -> Seen:
    """The customer writes something that one of these patterns finds, whatever its capitals."""
    pattern = re.compile("|".join(phrases), re.IGNORECASE)
    return lambda conversation: any(pattern.search(text) for text in said_by_customer(conversation))


def has_fact(state: str) -> Seen:
    """A fact of its context was in this state; None where no facts were recorded."""

    def seen(conversation: Conversation) -> bool | None:
        states = [fact.state for turn in conversation.turns for fact in turn.facts.values()]
        return state in states if states else None

    return seen
