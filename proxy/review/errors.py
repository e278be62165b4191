"""Why something cannot be done in a review."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    UNKNOWN = "unknown_review"
    NOT_YOURS = "not_your_review"
    NO_TEXT = "text_not_kept"
    NO_CLAIM = "unknown_claim"
    BAD_VERDICT = "unknown_verdict"
    NOT_SEEN = "evidence_not_seen"
    JUDGED = "already_judged"
    TOO_EARLY = "not_judged_yet"
    ENDED = "review_has_ended"


class ReviewError(Exception):
    """What a reviewer asked for cannot be done; the text says why, and what to do."""

    def __init__(self, why: Why, words: str) -> None:
        super().__init__(words)
        self.why = why
