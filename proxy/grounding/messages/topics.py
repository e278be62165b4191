"""Whether a message is about the topic of an open case."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.grounding.messages.reading import meaning_of, readable
from proxy.grounding.policy.features import Embed

SAME_TOPIC = 0.45  # cosine


def same_topic(text: str, other_texts: Sequence[str], embed: Embed) -> bool:
    """Whether a message is about what any of the other texts (an open case's messages, or its summary) is about."""
    own = meaning_of(readable(text))
    others = [meaning_of(readable(other)) for other in other_texts]
    return bool(own) and any(float(embed(own) @ embed(other)) >= SAME_TOPIC for other in others if other)
