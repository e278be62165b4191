"""The random sample of delivered answers that people review besides what was escalated: drawn once an hour.

Each answer is drawn by itself (Poisson sampling) with a stated probability that depends on its risk, and by a number
that follows from its id: whichever replica draws, and however often, the sample is the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.ledger.review_records import SAMPLED, ReviewDraw, ReviewItem
from proxy.review.answers import answer_of_record
from proxy.review.choosing import share_of, wants_second
from proxy.review.plan import ReviewPlan

PERIOD = timedelta(hours=1)
SETTLED_AFTER = timedelta(minutes=10)  # by when an answer's record is in the ledger, however slow its stream
MOST_PERIODS = (
    48  # that are caught up with: who begins to draw does not go through all that was ever delivered
)

# Of the delivered answers that are never drawn, those with whose questions made-up answers are asked about.
LENDING_SHARE = 0.02

RiskOf = Callable[[str], str]  # a document's risk by its id


def draw_due(
    ledger: Ledger, tenant: str, now: datetime, plan: ReviewPlan, risk_of: RiskOf
) -> list[ReviewDraw]:
    """Draw from every whole hour that was not drawn from yet, up to two days back; what was drawn now.

    An hour in which nothing was delivered leaves no draw.
    """
    last = (now - SETTLED_AFTER).replace(minute=0, second=0, microsecond=0)
    earliest = last - MOST_PERIODS * PERIOD
    drawn = {one.since for one in ledger.reviews.draws(tenant, since=earliest)}
    due = (earliest + number * PERIOD for number in range(MOST_PERIODS))
    made = [draw(ledger, tenant, since, now, plan, risk_of) for since in due if since not in drawn]
    return [one for one in made if one is not None]


def draw(
    ledger: Ledger, tenant: str, since: datetime, now: datetime, plan: ReviewPlan, risk_of: RiskOf
) -> ReviewDraw | None:
    """Draw from the hour that begins at ``since``; None where that was done before, or nothing was delivered."""
    until = since + PERIOD
    population: Counter[str] = Counter()
    items: list[ReviewItem] = []
    for record, risk in _delivered(ledger, tenant, since, until, risk_of):
        population[risk] += 1
        share = plan.sample_of(risk)
        if _number(record) < share:
            items.append(_item(record, risk, share, now, plan))
    if not population:
        return None
    chosen = Counter(item.risk for item in items)
    made = ReviewDraw(
        tenant=tenant,
        since=since,
        until=until,
        at=now,
        population=population.total(),
        drawn=len(items),
        shares={
            risk: {"share": plan.sample_of(risk), "population": count, "drawn": chosen[risk]}
            for risk, count in sorted(population.items())
        },
    )
    return made if ledger.reviews.draw(made, items) else None


def risk_of_answer(record: DecisionRecord, risk_of: RiskOf) -> str:
    """The highest risk of the documents that an answer's claims rest on; medium where there are none."""
    risks = {
        risk_of(quote.document) for claim in answer_of_record(record).claims for quote in claim.evidence[:1]
    }
    return next((risk for risk in ("high", "medium", "low") if risk in risks), "medium")


def is_kept_back(record: DecisionRecord, plan: ReviewPlan) -> bool:
    """Whether an answer may be drawn, or lends its question: who reviews must not have read it before.

    It follows from the answer's id, so that it is so from the answer's first moment on.
    """
    return _number(record) < plan.most_sampled + LENDING_SHARE and is_reviewable(record)


def lends_its_question(record: DecisionRecord, plan: ReviewPlan) -> bool:
    """Whether a made-up answer may be asked about with this one's question. Such an answer is never drawn itself."""
    return is_kept_back(record, plan) and _number(record) >= plan.most_sampled


def is_reviewable(record: DecisionRecord) -> bool:
    """Whether a customer got the answer, and at least one claim's text is kept."""
    left = record.decision in ("deliver", "rewrite") or record.mode != "enforce"
    return left and bool(answer_of_record(record).claims)


def _number(record: DecisionRecord) -> float:
    return share_of(f"sample {record.response_id}")


def _delivered(
    ledger: Ledger, tenant: str, since: datetime, until: datetime, risk_of: RiskOf
) -> Iterator[tuple[DecisionRecord, str]]:
    for record, _ in ledger.answers_in_order(since=since, until=until, tenant=tenant):
        if is_reviewable(record):
            yield record, risk_of_answer(record, risk_of)


def _item(record: DecisionRecord, risk: str, share: float, now: datetime, plan: ReviewPlan) -> ReviewItem:
    key = f"sampled {record.response_id}"
    return ReviewItem(
        id=f"ri-{record.response_id}",
        tenant=record.tenant,
        key=key,
        kind=SAMPLED,
        created_at=now,
        answered_at=record.created_at,
        risk=risk,
        second=wants_second(key, risk, plan),
        response_id=record.response_id,
        inclusion=share,
    )
