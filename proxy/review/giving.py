"""A review from start to end: an item is given, its claims are judged blind, verdicts may be reconsidered, it ends.

    reviewing = Reviewing(ledger, ReviewPlan())
    given = reviewing.next_review("ann", now)        # or take_case("CX-7K3F-92QD", "ann", now)
    given = reviewing.judge(given.id, "ann", 0, "contradicted", Watched(8200, 7900, 5100), now)
    given = reviewing.reconsider(given.id, "ann", 0, "supported", watched, now)
    ended = reviewing.finish(given.id, "ann", now)

All of it is synchronous, durable when it returns, and raises LedgerError; what a person may not do raises ReviewError.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random, SystemRandom

from proxy.ledger.desk.told import is_persons
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.reviews.outcomes import VERDICTS
from proxy.ledger.reviews.records import (
    CASE,
    FINISHED,
    FIRST,
    READ,
    RECONSIDERED,
    RELEASED,
    Review,
    ReviewGiving,
    ReviewItem,
    ReviewJudgement,
)
from proxy.review.answers import ReviewedAnswer, answer_of
from proxy.review.choosing import Chosen, Offer, choose, choose_between_cases, reviews_wanted, wants_second
from proxy.review.dwell import Watched, left_ms
from proxy.review.errors import ReviewError, Why
from proxy.review.feedback import Feedback, feedback_after
from proxy.review.plan import ReviewPlan
from proxy.review.views import Given, given_of

MEDIUM_RISK = "medium"
Choosing = Callable[[Sequence[Offer], Sequence[Review], ReviewPlan, datetime, Random], Chosen | None]


@dataclass(frozen=True, slots=True)
class Ended:
    """A review that is over; ``feedback`` is there at the end of a burst."""

    given: Given
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Reviewing:
    """The reviews of one tenant. ``simulated`` marks all that is given as the work of no person."""

    ledger: Ledger
    plan: ReviewPlan = field(default_factory=ReviewPlan)
    tenant: str = DEFAULT_TENANT
    random: Random = field(default_factory=SystemRandom)
    simulated: bool = False

    def next_review(self, reviewer: str, now: datetime) -> Given | None:
        """What this person reviews next: what they have begun, else another item; None where nothing waits for them."""
        return self._next(reviewer, now, choose)

    def before_next_case(self, reviewer: str, now: datetime) -> Given | None:
        """What a person who works on cases reviews before the next one; mostly nothing."""
        return self._next(reviewer, now, choose_between_cases)

    def _next(self, reviewer: str, now: datetime, choosing: Choosing) -> Given | None:
        def chosen(offered: Sequence[Offer], lately: Sequence[Review], /) -> ReviewGiving | None:
            found = choosing(offered, lately, self.plan, now, self.random)
            if found is None:
                return None
            if found.giving_id is not None:
                return next(one.giving for one in lately if one.giving.id == found.giving_id)
            return self._giving(found.item, reviewer, now, number=found.round, burst=found.burst)

        while (giving := self.ledger.reviews.give(self.tenant, reviewer, now, chosen)) is not None:
            try:
                return self.given(giving.id, reviewer)
            except ReviewError:  # its customer was erased meanwhile
                self.release(giving.id, reviewer, now)
        return None

    def take_case(self, ref: str, reviewer: str, now: datetime, *, risk: str = MEDIUM_RISK) -> Given:
        """The review of a case by the person who claimed it; ``risk`` is the case's.

        They have to judge what the machine flagged and one other claim, which chance chooses.
        """
        case = self.ledger.escalation(ref)
        if case is None or case.tenant != self.tenant:
            raise ReviewError(Why.UNKNOWN, f"there is no case {ref}")
        item = ReviewItem(
            id=_new("ri"),
            tenant=self.tenant,
            key=f"case {ref}",
            kind=CASE,
            created_at=now,
            answered_at=case.created_at,
            risk=risk,
            second=wants_second(ref, risk, self.plan),
            response_id=case.response_id,
            case_ref=ref,
        )
        answer = answer_of(self.ledger, item)
        self.ledger.reviews.add([item])
        kept = self.ledger.reviews.item_with_key(self.tenant, item.key) or item
        giving = self._giving(kept, reviewer, now, required=self._to_judge(answer))
        return self.given(self.ledger.reviews.take(giving).id, reviewer)

    def given(self, giving_id: str, reviewer: str) -> Given:
        """A review as it is now."""
        review = self._review(giving_id, reviewer)
        return given_of(review, answer_of(self.ledger, review.item))

    def judge(
        self,
        giving_id: str,
        reviewer: str,
        claim: int,
        verdict: str,
        watched: Watched,
        now: datetime,
        *,
        note: str | None = None,
    ) -> Given:
        """The blind verdict on a claim. It stays: what comes later is a reconsidered one.

        Refused where the claim's evidence was never on screen. The same verdict twice is one.
        """
        return self._judge(giving_id, reviewer, claim, verdict, watched, now, note, stage=FIRST)

    def reconsider(
        self,
        giving_id: str,
        reviewer: str,
        claim: int,
        verdict: str,
        watched: Watched,
        now: datetime,
        *,
        note: str | None = None,
    ) -> Given:
        """Another verdict on a claim, once the machine's is shown. Both stay."""
        return self._judge(giving_id, reviewer, claim, verdict, watched, now, note, stage=RECONSIDERED)

    def finish(self, giving_id: str, reviewer: str, now: datetime) -> Ended:
        """End a review in which all that is required has been judged; at a burst's end with feedback."""
        review = self._review(giving_id, reviewer)
        given = given_of(review, answer_of(self.ledger, review.item))
        if given.left:
            missing = ", ".join(str(number) for number in given.left)
            raise ReviewError(Why.TOO_EARLY, f"claim {missing} has not been judged yet; judge it first")
        self.ledger.reviews.end(
            review.giving, FINISHED, now, lambda finished: reviews_wanted(review.item, finished)
        )
        feedback = feedback_after(self.ledger, review.giving, self.plan, now)
        return Ended(self.given(giving_id, reviewer), feedback)

    def release(self, giving_id: str, reviewer: str, now: datetime) -> None:
        """Give a review back unfinished: somebody else gets the item."""
        review = self._review(giving_id, reviewer)
        self.ledger.reviews.end(review.giving, RELEASED, now, lambda _: 0)

    def read_by_choice(self, response_id: str, reviewer: str, now: datetime) -> None:
        """Note that a person reads an answer that may come to be reviewed: it is never given to them.

        What they have of it in hand is given back, whatever it is, so that reading tells nothing of what they judge.
        """
        own = self.ledger.reviews.of_answers(self.tenant, reviewer, [response_id])
        for review in own:
            if review.end is None:
                self.release(review.giving.id, reviewer, now)
        if own:
            return
        key = f"read {response_id}"
        record = self.ledger.answer(response_id)
        if record is None:
            raise ReviewError(Why.NO_TEXT, "this answer is not kept (any more)")
        item = ReviewItem(
            id=_new("ri"),
            tenant=self.tenant,
            key=key,
            kind=READ,
            created_at=now,
            answered_at=record.created_at,
            response_id=response_id,
            case_ref=record.escalation_ref if is_persons(record) else None,
        )
        self.ledger.reviews.add([item])
        kept = self.ledger.reviews.item_with_key(self.tenant, key) or item
        giving = self.ledger.reviews.take(self._giving(kept, reviewer, now))
        self.release(giving.id, reviewer, now)

    def _judge(
        self,
        giving_id: str,
        reviewer: str,
        claim: int,
        verdict: str,
        watched: Watched,
        now: datetime,
        note: str | None,
        *,
        stage: str,
    ) -> Given:
        review = self._review(giving_id, reviewer)
        answer = answer_of(self.ledger, review.item)
        _check_may_judge(review, answer, claim, verdict, watched, stage)
        spent = (one.focused_ms for one in review.judgements)
        seen = watched.bounded(left_ms(review.giving.at, now, spent))
        wanted = ReviewJudgement(
            giving_id,
            claim,
            stage,
            verdict,
            now,
            seen.visible_ms,
            seen.focused_ms,
            answer.claim(claim).floor_ms if stage == FIRST else 0,
            note,
        )
        kept = self.ledger.reviews.judge(wanted)
        if kept.verdict != verdict:
            raise ReviewError(
                Why.JUDGED, f"claim {claim} has the {stage} verdict {kept.verdict} already, and keeps it"
            )
        return self.given(giving_id, reviewer)

    def _review(self, giving_id: str, reviewer: str) -> Review:
        review = self.ledger.reviews.review(giving_id)
        if review is None or review.giving.tenant != self.tenant:
            raise ReviewError(Why.UNKNOWN, f"there is no review {giving_id}")
        if review.giving.reviewer != reviewer:
            raise ReviewError(Why.NOT_YOURS, f"review {giving_id} was given to somebody else")
        return review

    def _to_judge(self, answer: ReviewedAnswer) -> list[int]:
        flagged = [one.number for one in answer.claims if one.flagged]
        others = [one.number for one in answer.claims if not one.flagged]
        return sorted([*flagged, *([self.random.choice(others)] if others else [])])

    def _giving(
        self,
        item: ReviewItem,
        reviewer: str,
        now: datetime,
        *,
        number: int = 1,
        burst: str | None = None,
        required: Sequence[int] = (),
    ) -> ReviewGiving:
        return ReviewGiving(
            id=_new("rg"),
            item_id=item.id,
            tenant=self.tenant,
            reviewer=reviewer,
            round=number,
            at=now,
            required=list(required),
            burst=burst,
            simulated=self.simulated,
        )


def _check_may_judge(
    review: Review, answer: ReviewedAnswer, claim: int, verdict: str, watched: Watched, stage: str
) -> None:
    if verdict not in VERDICTS:
        raise ReviewError(Why.BAD_VERDICT, f'"{verdict}" is no verdict; say {", ".join(VERDICTS)}')
    if review.end is not None:
        raise ReviewError(Why.ENDED, "this review has ended; its verdicts stay as they are")
    of_claim = answer.claim(claim)
    given = given_of(review, answer)
    if stage == RECONSIDERED and (claim not in review.first or not given.revealed):
        raise ReviewError(
            Why.TOO_EARLY, "a verdict is reconsidered once the machine's is shown; judge blind first"
        )
    if stage == FIRST and of_claim.evidence and watched.evidence_ms <= 0:
        raise ReviewError(
            Why.NOT_SEEN, f"the evidence of claim {claim} has not been on screen yet; look at it first"
        )


def _new(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(8)}"
