"""What the reviews of one answer come to: by claim the verdict on which people agree, and whether it is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.ledger.reviews.records import Review

SUPPORTED, CONTRADICTED, UNSUPPORTED, UNSURE = "supported", "contradicted", "unsupported", "unsure"
VERDICTS = (SUPPORTED, CONTRADICTED, UNSUPPORTED, UNSURE)
WRONG = (CONTRADICTED, UNSUPPORTED)


def settled(finished: Sequence[Review]) -> dict[int, str | None]:
    """By claim the verdict on which most of its reviews agree; None where they do not, or are unsure."""
    said: dict[int, list[str]] = {}
    for review in finished:
        for claim, verdict in review.last.items():
            said.setdefault(claim, []).append(verdict)
    return {claim: _majority(verdicts) for claim, verdicts in said.items()}


def is_wrong(finished: Sequence[Review]) -> bool | None:
    """Whether an answer is wrong, as its reviews have it: one claim is enough. None while that is not settled."""
    verdicts = settled(finished).values()
    if any(verdict is not None and verdict != SUPPORTED for verdict in verdicts):
        return True
    return None if None in verdicts or not verdicts else False


def _majority(verdicts: Sequence[str]) -> str | None:
    passed = [one for one in verdicts if one == SUPPORTED]
    stopped = [one for one in verdicts if one in WRONG]
    for side in (passed, stopped):
        if 2 * len(side) > len(verdicts):
            return max(side, key=side.count)
    return None
