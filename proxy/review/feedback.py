"""What a person is told at the end of a burst: which items were seeded, what was wrong in them, what they caught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.outcomes import SUPPORTED
from proxy.ledger.reviews.queries import LONGEST_SHIFT
from proxy.ledger.reviews.records import SEEDED, SEEDED_BAD, Review, ReviewGiving
from proxy.review.answers import Quote, answer_of
from proxy.review.choosing import burst_of, shift_of
from proxy.review.plan import ReviewPlan


@dataclass(frozen=True, slots=True)
class SeededClaim:
    """A claim of a seeded item: what is true of it, and what the person said of it before anything was shown."""

    question: str | None
    claim: str
    truth: str
    said: str | None
    source: str | None
    evidence: tuple[Quote, ...]

    @property
    def right(self) -> bool:
        return self.said is not None and (self.said == SUPPORTED) is (self.truth == SUPPORTED)


@dataclass(frozen=True, slots=True)
class Feedback:
    """Errors that were caught of those seeded, and true items that were passed of those seeded; each claim with it."""

    caught: int
    bad: int
    passed: int
    good: int
    claims: tuple[SeededClaim, ...]


def caught(review: Review) -> bool:
    """Whether a person's blind verdicts would have stopped a seeded error: each false claim is not called supported."""
    false = [int(number) for number, truth in (review.item.truth or {}).items() if truth != SUPPORTED]
    return bool(false) and all(review.first.get(number, SUPPORTED) != SUPPORTED for number in false)


def approved_all(review: Review) -> bool:
    """Whether a person's blind verdicts would have let an answer pass: every claim that was judged is supported."""
    return all(verdict == SUPPORTED for verdict in review.first.values())


def feedback_after(ledger: Ledger, giving: ReviewGiving, plan: ReviewPlan, now: datetime) -> Feedback | None:
    """Feedback on the seeded items since the burst before, where ``giving`` ends a burst; else None."""
    if giving.burst is None:
        return None
    reviews = ledger.reviews.reviews(giving.tenant, reviewer=giving.reviewer, since=giving.at - LONGEST_SHIFT)
    shift = shift_of(reviews, now)
    if burst_of(shift, plan) == giving.burst:
        return None
    untold = _since_last_burst(shift, giving.burst)
    seeded = [one for one in untold if one.finished and one.item.kind in SEEDED]
    return _feedback(ledger, seeded)


def _since_last_burst(shift: Sequence[Review], burst: str) -> list[Review]:
    """What was told of before is what came up to the end of the last other burst."""
    ends = [place for place, one in enumerate(shift) if one.giving.burst not in (None, burst)]
    return list(shift[ends[-1] + 1 :]) if ends else list(shift)


def _feedback(ledger: Ledger, seeded: Sequence[Review]) -> Feedback:
    bad = [one for one in seeded if one.item.kind == SEEDED_BAD]
    good = [one for one in seeded if one.item.kind != SEEDED_BAD]
    claims = tuple(claim for review in seeded for claim in _claims(ledger, review))
    return Feedback(sum(map(caught, bad)), len(bad), sum(map(approved_all, good)), len(good), claims)


def _claims(ledger: Ledger, review: Review) -> list[SeededClaim]:
    answer = answer_of(ledger, review.item)
    truth = review.item.truth or {}
    return [
        SeededClaim(
            question=answer.question,
            claim=claim.text,
            truth=truth[str(claim.number)],
            said=review.first.get(claim.number),
            source=review.item.source,
            evidence=claim.evidence,
        )
        for claim in answer.claims
        if str(claim.number) in truth
    ]
