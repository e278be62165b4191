"""What the measures of recovery need from review, which recovery does not import: brought together here."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proxy.intervals import Rate
    from proxy.ledger.ledger import Ledger
    from proxy.ledger.reviews.records import Review
    from proxy.recovery.measures.given import Given


def given(ledger: Ledger, tenant: str, since: datetime, until: datetime) -> Given:
    """What people reviewed of a period by its end, and nothing that they said later. Raises LedgerError."""
    from proxy.recovery.measures.detected import Estimated
    from proxy.recovery.measures.given import Given
    from proxy.review.error_rate import error_rate

    reviews = [one.by(until) for one in ledger.reviews.reviews(tenant, since=since, until=until)]
    drawn = [one for one in ledger.reviews.draws(tenant, since=since, until=until) if one.at <= until]
    found = error_rate(drawn, reviews)
    told = found.estimate if found else None
    return Given(
        estimated=Estimated(told.share, told.low, told.high, told.n, found.population)
        if found and told
        else None,
        approved=_approved(reviews),
        audited=_audited(ledger, tenant, reviews),
        simulated=any(one.giving.simulated for one in reviews),
    )


def _approved(reviews: list[Review]) -> Rate | None:
    """Of the finished reviews of real answers, those in which every claim was passed."""
    from proxy.intervals import Rate
    from proxy.ledger.reviews.records import SEEDED

    finished = [one for one in reviews if one.finished and one.item.kind not in SEEDED and one.last]
    passed = sum(all(verdict == "supported" for verdict in one.last.values()) for one in finished)
    return Rate(passed, len(finished)) if finished else None


def found_right(reviews: list[Review]) -> dict[str, bool]:
    """By answer whether it is right, of those whose review is settled."""
    from proxy.ledger.reviews.outcomes import is_wrong
    from proxy.ledger.reviews.records import SEEDED

    of_answer: dict[str, list[Review]] = defaultdict(list)
    for one in reviews:
        if one.finished and one.item.kind not in SEEDED and one.item.response_id is not None:
            of_answer[one.item.response_id].append(one)
    settled = {response_id: is_wrong(them) for response_id, them in of_answer.items()}
    return {response_id: not wrong for response_id, wrong in settled.items() if wrong is not None}


def _audited(ledger: Ledger, tenant: str, reviews: list[Review]) -> Rate | None:
    """Of the answers by which failures were corrected, and that people reviewed, those that were found right."""
    from proxy.intervals import Rate

    right = found_right(reviews)
    corrections = ledger.lived.corrections_among(tenant, list(right))
    return Rate(sum(right[one] for one in corrections), len(corrections)) if corrections else None
