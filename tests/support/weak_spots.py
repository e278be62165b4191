"""Verifiers with a weak spot planted in them: the built-in one, blind to one kind of change in both texts it compares.

Each blindness is a few lines of its own, written without looking at how `cxai corpus probe` makes its attacks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Fact, Verdict, Verifier

See = Callable[[str], str]

_COUNTED = re.compile(
    r"\b(?:\d[\d,.]*\d|\d)\b|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE
)
_UNIT = re.compile(
    r"\b(?:business |working |calendar )?(?:minute|hour|day|week|month|quarter|year)s?\b|\bkg\b|\blbs?\b"
)
_NOT = re.compile(r"\b(?:do not|does not|not|never|no longer|no)\b ?|n't\b", re.IGNORECASE)
_DUTY = re.compile(
    r"\b(?:must|may|can|need to|have to|has to|should|are required to|do not have to|does not have to|need not|optional"
    r"|required|compulsory|mandatory)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\b(?:before|after|until|prior to|following)\b", re.IGNORECASE)
_LIMIT = re.compile(
    r"\b(?:at least|at most|up to|no more than|no less than|more than|less than|fewer than|within|under|over"
    r"|a minimum of|a maximum of|no later than|no earlier than|minimum|maximum|or more|or less)\b",
    re.IGNORECASE,
)
_IF = re.compile(
    r",? ?\b(?:if|unless|provided that|as long as|except|only if|when)\b[^,.;]*,?", re.IGNORECASE
)
_CHANNEL = re.compile(
    r"\b(?:by|in|on|at|through|via) (?:the |our )?(?:telephone|phone|email|letter|chat|app|website|airport desk"
    r"|check-in desk|shops?)\b|\bonline\b",
    re.IGNORECASE,
)


def _without(pattern: re.Pattern[str], by: str = "") -> See:
    return lambda text: " ".join(pattern.sub(by, text).split())


def _affirming(text: str) -> str:
    return " ".join(_NOT.sub("", text.replace("cannot", "can")).split())


# What the verifier is blind to -> the kinds of attack by which it should show.
BLIND: dict[str, tuple[See, tuple[str, ...]]] = {
    "numbers": (_without(_COUNTED, "some"), ("wrong number",)),
    "units": (_without(_UNIT, "days"), ("wrong unit",)),
    "negation": (_affirming, ("flipped permission",)),
    "duty": (_without(_DUTY, "can"), ("duty and choice swapped",)),
    "order in time": (_without(_ORDER, "at"), ("before and after swapped",)),
    "limits": (_without(_LIMIT), ("limit turned round",)),
    "conditions": (_without(_IF), ("dropped condition", "other condition", "dropped exception")),
    "channels": (_without(_CHANNEL, "there"), ("wrong channel",)),
}


class Blind:
    """A verifier that sees both texts through ``see``."""

    name = "blind"
    version = "0"

    def __init__(self, verifier: Verifier, see: See) -> None:
        self._verifier, self._see = verifier, see

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        seen = replace(claim, text=self._see(claim.text), reading=self._see(claim.reading))
        return self._verifier.verify(
            seen, question=question, hits=[self._hit(hit) for hit in hits], facts=facts
        )

    def _hit(self, hit: Hit) -> Hit:
        passage = hit.passage
        text, reading = self._see(passage.text), self._see(passage.reading)
        return replace(hit, passage=replace(passage, text=text, reading=reading))
