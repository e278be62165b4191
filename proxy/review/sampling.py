"""The random sample of delivered answers that people review besides what was escalated: drawn once an hour.

Each answer is drawn by itself (Poisson sampling) with a stated probability that depends on its risk, and by a number
that follows from its id: whichever replica draws, and however often, the sample is the same. What people answered to
cases is drawn in the same way, with a probability of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from proxy.ledger.desk.told import is_persons
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.ledger.reviews.records import BY_PEOPLE, SAMPLED, ReviewDraw, ReviewItem
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
    persons = [one for one in ledger.desk.answered(tenant, since, until) if is_reviewable(one)]
    if not population and not persons:
        return None
    chosen = Counter(item.risk for item in items)
    shares = {
        risk: {"share": plan.sample_of(risk), "population": count, "drawn": chosen[risk]}
        for risk, count in sorted(population.items())
    }
    written = _written(ledger, persons, now, plan, risk_of)
    if persons:
        told = {"population": len(persons), "drawn": len(written)}
        shares[BY_PEOPLE] = {"share": plan.sample_people_share, **told}
    made = ReviewDraw(tenant, since, until, now, population.total(), len(items), shares)
    return made if ledger.reviews.draw(made, [*items, *written]) else None


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
    share = plan.sample_people_share if is_persons(record) else plan.most_sampled + LENDING_SHARE
    return _number(record) < share and is_reviewable(record)


def lends_its_question(record: DecisionRecord, plan: ReviewPlan) -> bool:
    """Whether a made-up answer may be asked about with this one's question. Such an answer is never drawn itself."""
    lends = not is_persons(record) and _number(record) >= plan.most_sampled
    return lends and is_kept_back(record, plan)


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


def _written(
    ledger: Ledger, persons: Iterable[DecisionRecord], now: datetime, plan: ReviewPlan, risk_of: RiskOf
) -> list[ReviewItem]:
    """The items of those of people's answers that are drawn, each with its author as reviewers are named."""
    share, items = plan.sample_people_share, list[ReviewItem]()
    for record in persons:
        if _number(record) < share:
            item = _item(record, risk_of_answer(record, risk_of), share, now, plan)
            items.append(replace(item, author=_reviewer(ledger, record), case_ref=record.escalation_ref))
    return items


def _reviewer(ledger: Ledger, record: DecisionRecord) -> str:
    """Who wrote it: who acts through an API key may be somebody of the console, by their e-mail address."""
    author = record.answered_by or ""
    person = ledger.people.of_email(author.strip().casefold())
    return person.id if person and person.tenant == record.tenant else author


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
