"""What a line is about often stands in its heading alone: "How to apply: You must apply before you travel", under
"Bereavement fares". A claim that names it ("apply for the bereavement fare") says nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from proxy.grounding.text.words import READINGS_KEPT

_ASKS = re.compile(r"(?:how|what|when|where|who|why|which|can|do|does|is|are|may|if)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_MOST_WORDS = 5  # of a heading that names a thing


def topic_of(heading_path: Sequence[str]) -> str:
    """The innermost heading that names a thing rather than ask ("How to apply"); empty where there is none.

    What an outer one names may be wider than what the line is about ("Baggage", above "Oversize items").
    """
    return next((heading for heading in reversed(heading_path) if not _ASKS.match(heading.strip())), "")


def without_topic(claim: str, topic: str) -> str:
    """The claim without "for the TOPIC", "of a TOPIC" or the like, in either number; as it is where it has none."""
    naming = _naming(topic)
    return naming.sub("", claim, count=1) if naming else claim


@lru_cache(maxsize=READINGS_KEPT)
def _naming(topic: str) -> re.Pattern[str] | None:
    """How a sentence names the topic; None where the heading has no words, or says more than a thing's name."""
    words = _WORD.findall(topic)
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    named = r"\s".join(re.escape(word.removesuffix("s")) + r"(?:e?s)?" for word in words)
    return re.compile(rf"\s(?:for|of|on|with|under)\s(?:(?:the|a|an|your|our)\s)?{named}\b", re.IGNORECASE)
