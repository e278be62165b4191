"""Two attacks that customers meet most: the wrong channel, and "also afterwards" where a deadline has passed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from proxy.authoring.edits.wording import put

_CHANNELS = (
    "by telephone",
    "by email",
    "by letter",
    "by chat",
    "in the chat",
    "in the app",
    "on our website",
    "online",
    "at the airport desk",
    "at the check-in desk",
    "in our shops",
)
_CHANNEL = re.compile(
    rf"(?<!the )\b(?:{'|'.join(_CHANNELS)})\b(?! (?:form|check-in|account)\b)", re.IGNORECASE
)
# Another name for what another word of the document may already allow.
_KEYWORD = re.compile(r"telephone|email|letter|chat|app|website|online|airport|desk|shop", re.IGNORECASE)
_SAME = {"website": "online", "online": "website"}

_SPAN = r"(?:\d+|one|two|three|ten) (?:business |working |calendar )?(?:minute|hour|day|week|month|year)s?"
_DEADLINE = re.compile(
    rf"\b(?:(?:within|no later than|at least|up to|until) {_SPAN}(?: (?:before|after|of|from) [^.,;:]{{2,50}})?"
    r"|before (?:you travel|the trip begins|travel|departure))(?=[.,;])",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:not|no|never|cannot|nothing)\b|n't\b", re.IGNORECASE)
_MAY_ACT = re.compile(
    r"\b(?:you|customers?|claims?|requests?|tickets?|bookings?|passengers?)\b", re.IGNORECASE
)


def wrong_channel(sentence: str, random: Random, others: Sequence[str]) -> str | None:
    """The way it is done replaced by one that the document does not speak of."""
    match = _CHANNEL.search(sentence)
    if match is None or _DENIES.search(sentence):
        return None
    spoken_of = " ".join((sentence, *others)).lower()
    free = [channel for channel in _CHANNELS if not _is_spoken_of(channel, spoken_of)]
    return put(sentence, match.start(), match.end(), random.choice(free)) if free else None


def _is_spoken_of(channel: str, text: str) -> bool:
    words = _KEYWORD.findall(channel)
    return any(word in text or _SAME.get(word, word) in text for word in words)


def retroactive(sentence: str, random: Random, others: Sequence[str]) -> str | None:
    """The deadline replaced by "at any time, also afterwards"."""
    match = _DEADLINE.search(sentence)
    if match is None or _DENIES.search(sentence) or not _MAY_ACT.search(sentence):
        return None
    return put(sentence, match.start(), match.end(), "at any time, also afterwards")
