"""A suite's conversations as what realism compares: a customer's message each turn, with what was known then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from proxy.context.conversation import said_in
from proxy.corpus.embeddings import TextEmbedder
from proxy.grounding.text.language import language_of
from proxy.rehearsal.realism.traffic import Message, Traffic
from proxy.rehearsal.suite.model import Conversation, KnownFact, Turn

_WORST_FIRST = ("failed", "missing", "conflicting", "stale", "fresh")


def traffic_of(name: str, conversations: Iterable[Conversation], embedder: TextEmbedder) -> Traffic:
    """The messages of customers, embedded. Intents and faults stand in no suite, and stay unknown.

    A turn in which only tools answered has no message.
    """
    messages = tuple(
        _message(conversation, turn, said[-1])
        for conversation in conversations
        for turn in conversation.turns
        if (said := said_in(turn.messages))
    )
    vectors = embedder.embed_many([each.text for each in messages]).astype(np.float64) if messages else None
    return Traffic(name, messages, vectors)


def _message(conversation: Conversation, turn: Turn, text: str) -> Message:
    return Message(
        conversation=conversation.id,
        text=text,
        at=turn.at.timestamp() if turn.at else None,
        channel=conversation.channel,
        language=language_of(text),
        context=_worst(turn.facts),
        context_age_s=max(
            (fact.age_s for fact in turn.facts.values() if fact.age_s is not None), default=None
        ),
    )


def _worst(facts: Mapping[str, KnownFact]) -> str | None:
    states = {fact.state for fact in facts.values()}
    return next((state for state in _WORST_FIRST if state in states), None)
