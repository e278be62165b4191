"""A place, way or time that policy rules out in passing: "accepted in the cabin but never in the hold"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from proxy.grounding.policy.alignment import Aligned
from proxy.grounding.policy.polarity import stance_of
from proxy.grounding.text.words import READINGS_KEPT, terms_of

_PREPOSITION = "in|on|at|by|through|via|during|inside|outside|into|over"
_PHRASE = re.compile(rf"\b({_PREPOSITION})\s+((?:[\w'-]+\s+){{0,2}}[\w'-]+)", re.IGNORECASE)
_DENIED = re.compile(
    rf"\b(?:never|not|nor|no longer)\s+({_PREPOSITION})\s+(?:(?:the|a|an|any|our|your)\s+)?([\w'-]+)",
    re.IGNORECASE,
)
_LINES_READ = 6
_ON_TOPIC = 0.5  # how much of the claim the line must speak of


def denied_place(claim: str, aligned: Sequence[Aligned]) -> Aligned | None:
    """The first line on the claim's topic that denies a place or way which the claim affirms; None without one."""
    if stance_of(claim).negated:
        return None
    affirmed = frozenset(_affirmed(claim))
    for each in aligned[:_LINES_READ]:
        if each.coverage >= _ON_TOPIC and affirmed & _denied(each.line.text):
            return each
    return None


def _affirmed(claim: str) -> Iterator[tuple[str, str]]:
    """Each preposition with each of the words that follow it: "in the heated hold" is in the hold."""
    for match in _PHRASE.finditer(claim):
        for stem in terms_of(match[2]):
            yield match[1].lower(), stem


@lru_cache(maxsize=READINGS_KEPT)
def _denied(line: str) -> frozenset[tuple[str, str]]:
    return frozenset(
        (match[1].lower(), stem) for match in _DENIED.finditer(line) for stem in terms_of(match[2])
    )
