"""The parts of traffic that are forecast and decided one by one: what conversations say they are, or what they ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from proxy.context.conversation import said_in
from proxy.corpus.embeddings import TextEmbedder
from proxy.rehearsal.realism.dimensions.topics import clusters, example
from proxy.rehearsal.suite.model import Conversation

TOPICS = "topics"
OTHER = "other"
EVERY = "all of it"
_SAID: Mapping[str, Callable[[Conversation], str | None]] = {
    "segment": lambda one: one.segment,
    "channel": lambda one: one.channel,
    "jurisdiction": lambda one: one.jurisdiction,
    "audience": lambda one: one.audience,
}
WAYS = (*_SAID, TOPICS)
Segments = dict[str, str]  # by the conversation's id


def way_for(suite: Sequence[Conversation], live: Sequence[Conversation]) -> str:
    """By their segments where both sides name some, else by what is asked."""
    named = all(any(one.segment for one in side) for side in (suite, live))
    return "segment" if named else TOPICS


def segments(
    way: str, suite: Sequence[Conversation], live: Sequence[Conversation], embedder: TextEmbedder
) -> tuple[Segments, Segments]:
    """The segment of each conversation of both sides, by one of ``WAYS``."""
    if way != TOPICS:
        said = _SAID[way]
        first, second = ({one.id: said(one) or OTHER for one in side} for side in (suite, live))
        return first, second
    texts = [_asked(one) for one in (*suite, *live)]
    vectors = embedder.embed_many(texts).astype(np.float64)
    labels, centres = clusters(vectors)
    if len(centres) == 1:  # too few conversations to tell topics apart
        return dict.fromkeys([one.id for one in suite], EVERY), dict.fromkeys([one.id for one in live], EVERY)
    names = [
        example(vectors, labels, centres, topic, texts) if (labels == topic).any() else OTHER
        for topic in range(len(centres))
    ]
    of = [names[label] for label in labels]
    return (
        {one.id: name for one, name in zip(suite, of, strict=False)},
        {one.id: name for one, name in zip(live, of[len(suite) :], strict=True)},
    )


def _asked(conversation: Conversation) -> str:
    """What its customer says first."""
    return next((said[0] for turn in conversation.turns if (said := said_in(turn.messages))), "")
