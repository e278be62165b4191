"""How long a claim was before a person's eyes, against the time that its text takes to read.

Adults read English non-fiction silently at 238 words a minute on average, most of them at 175 to 300 (Brysbaert, "How
many words do we read per minute?", Journal of Memory and Language 109, 2019: 190 studies, 18,573 people). The floor
takes the fastest of these, so that nobody is called hurried for reading fast; planning takes the average.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

AVERAGE_WPM = 238
FASTEST_WPM = 300
MINUTE_MS = 60_000
DECIDING_MS = (
    4_000  # our assumption: comparing a claim with its passage and choosing a verdict, besides reading
)


@dataclass(frozen=True, slots=True)
class Watched:
    """What the page saw, in milliseconds: the claim on screen, the claim in a page that had the focus, its evidence."""

    visible_ms: int
    focused_ms: int
    evidence_ms: int

    def bounded(self, elapsed_ms: int) -> Watched:
        """As it can have been in the time that went by here: a page may claim what it likes."""
        visible = _within(self.visible_ms, elapsed_ms)
        return Watched(visible, _within(self.focused_ms, visible), _within(self.evidence_ms, elapsed_ms))


def floor_ms(*texts: str | None) -> int:
    """The least time that reading these texts takes: ``60,000 * words / 300``."""
    return round(MINUTE_MS * words(*texts) / FASTEST_WPM)


def reading_ms(*texts: str | None) -> int:
    """The time that an average reader takes for these texts: ``60,000 * words / 238``."""
    return round(MINUTE_MS * words(*texts) / AVERAGE_WPM)


def honest_ms(*texts: str | None) -> int:
    """The time to plan with for judging a claim beside its passage: reading both, and deciding."""
    return reading_ms(*texts) + DECIDING_MS


def words(*texts: str | None) -> int:
    return sum(len(text.split()) for text in texts if text)


def left_ms(given_at: datetime, now: datetime, spent_ms: Iterable[int]) -> int:
    """The time since a review was given that no claim has been credited with yet."""
    gone = round((now - given_at).total_seconds() * 1000)
    return max(0, gone - sum(spent_ms))


def _within(reported: int, most: int) -> int:
    return max(0, min(reported, most))
