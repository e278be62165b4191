"""What a reviewer may see of a review: the claims and the evidence, and the machine's verdicts only after their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from proxy.ledger.reviews.records import CASE, Review
from proxy.review.answers import AnswerClaim, MachineVerdict, Quote, ReviewedAnswer


@dataclass(frozen=True, slots=True)
class GivenClaim:
    """A claim to judge. ``machine`` is None until all that is ``required`` has been judged.

    ``first`` is the person's blind verdict, ``last`` the one that stands; None where there is none. ``hurried``: judged
    in less time than its text takes to read (``floor_ms``).
    """

    number: int
    text: str
    kind: str | None
    evidence: tuple[Quote, ...]
    required: bool
    floor_ms: int
    first: str | None = None
    last: str | None = None
    hurried: bool = False
    machine: MachineVerdict | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether person and machine call it alike; None where either has not told."""
        if self.machine is None or self.last is None:
            return None
        return self.machine.verdict == self.last


@dataclass(frozen=True, slots=True)
class Given:
    """One review as its reviewer sees it: neither what kind of item it is, nor who else reviewed it.

    ``case_ref`` is there for a case that the person claimed.
    """

    id: str
    reviewer: str
    at: datetime
    question: str | None
    answer: str
    claims: tuple[GivenClaim, ...]
    corpus_version: str | None
    policy_date: datetime | None
    case_ref: str | None = None
    ended: bool = False

    @property
    def left(self) -> tuple[int, ...]:
        """The numbers of the claims that still have to be judged."""
        return tuple(one.number for one in self.claims if one.required and one.first is None)

    @property
    def revealed(self) -> bool:
        return not self.left


def given_of(review: Review, answer: ReviewedAnswer) -> Given:
    """A review as its reviewer may see it now."""
    giving = review.giving
    # Without a list of its own every claim has to be judged.
    required = set(giving.required) or {one.number for one in answer.claims}
    revealed = required <= set(review.first)
    return Given(
        id=giving.id,
        reviewer=giving.reviewer,
        at=giving.at,
        question=answer.question,
        answer=answer.text,
        claims=tuple(_claim(one, review, one.number in required, revealed) for one in answer.claims),
        corpus_version=answer.corpus_version,
        policy_date=answer.policy_date,
        case_ref=review.item.case_ref if review.item.kind == CASE and giving.required else None,
        ended=review.end is not None,
    )


def _claim(claim: AnswerClaim, review: Review, required: bool, revealed: bool) -> GivenClaim:
    return GivenClaim(
        number=claim.number,
        text=claim.text,
        kind=claim.kind,
        evidence=claim.evidence,
        required=required,
        floor_ms=claim.floor_ms,
        first=review.first.get(claim.number),
        last=review.last.get(claim.number),
        hurried=any(one.claim == claim.number and one.hurried for one in review.judgements),
        machine=claim.machine if revealed else None,
    )
