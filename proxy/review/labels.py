"""What reviews settle, as labels for ``cxai calibrate --labels``: one claim, its label, what the machine had said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.reviews.outcomes import settled
from proxy.ledger.reviews.records import CASE, SEEDED, Review
from proxy.review.answers import AnswerClaim, answer_of
from proxy.review.errors import ReviewError

_JUDGED = ("supported", "contradicted", "unsupported")


def labels(
    ledger: Ledger, *, tenant: str = DEFAULT_TENANT, since: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """The settled claims of real answers, ``{id, claim, question, label, group, score, verdict}`` each.

    Left out are seeded items, what people wrote, what simulated reviewers said, claims that people do not agree on, and
    sentences of which another text was delivered: their score is not that of the text that was reviewed.
    """
    of_item: dict[str, list[Review]] = defaultdict(list)
    for one in ledger.reviews.reviews(tenant, since=since):
        models = one.item.author is None and one.item.response_id is not None
        real = one.item.kind not in SEEDED and models
        if one.finished and real and not one.giving.simulated:
            of_item[one.item.id].append(one)
    for reviews in of_item.values():
        yield from _of_item(ledger, reviews)


def _of_item(ledger: Ledger, reviews: list[Review]) -> Iterator[dict[str, Any]]:
    item = reviews[0].item
    try:
        answer = answer_of(ledger, item)
    except ReviewError:
        return  # its text is gone
    verdicts = settled(reviews)
    for claim in answer.claims:
        label = verdicts.get(claim.number)
        if label is not None and _is_the_models(claim, item.kind == CASE):
            yield {
                "id": f"{item.response_id}/{claim.number}",
                "claim": claim.text,
                "question": answer.question,
                "label": label,
                "group": item.response_id,
                "score": claim.machine.confidence,
                "verdict": claim.machine.verdict if claim.machine.verdict in _JUDGED else None,
            }


def _is_the_models(claim: AnswerClaim, as_model_wrote: bool) -> bool:
    return as_model_wrote or not claim.flagged
