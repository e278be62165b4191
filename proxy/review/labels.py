"""What reviews settle, as labels for ``cxai calibrate --labels``: one claim, its label, and the verifier's raw score.

A label is worth something there only where chance drew the answer and the verifier itself decided, and with the score
that it gave before any calibration. What else was settled is left out and counted, with the reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from proxy.grounding.claims.bare_answers import is_bare_answer
from proxy.grounding.types import FROM_CONTEXT, FROM_TOOL, ClaimKind
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT, DecisionRecord
from proxy.ledger.reviews.outcomes import settled
from proxy.ledger.reviews.records import CASE, SEEDED, Review
from proxy.review.answers import AnswerClaim, answer_of_record
from proxy.verifiers.calibrated import is_calibrated, uncalibrated

_JUDGED = ("supported", "contradicted", "unsupported")
_ENFORCE = "enforce"
_NO_RAW = "recorded without the score from before the calibration"


@dataclass(frozen=True, slots=True)
class Labels:
    """``rows``: ``{id, claim, question, label, group, score, verdict, verifier}`` each; ``left_out`` counts reasons."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def labels(ledger: Ledger, *, tenant: str = DEFAULT_TENANT, since: datetime | None = None) -> Labels:
    """What was settled of claims of real answers.

    Not even counted are seeded items, what people wrote, and what simulated reviewers said.
    """
    of_item: dict[str, list[Review]] = defaultdict(list)
    for one in ledger.reviews.reviews(tenant, since=since):
        real = one.item.kind not in SEEDED and one.item.author is None
        if one.finished and real and not one.giving.simulated:
            of_item[one.item.id].append(one)
    found = Labels()
    for reviews in of_item.values():
        _add(found, ledger, reviews)
    return found


def _add(found: Labels, ledger: Ledger, reviews: list[Review]) -> None:
    item, verdicts = reviews[0].item, settled(reviews)
    record = ledger.answer(item.response_id) if item.response_id else None
    if record is None:
        return  # it was erased
    answer = answer_of_record(record, as_model_wrote=item.kind == CASE)
    for claim in (one for one in answer.claims if one.number in verdicts):
        label, raw = verdicts[claim.number], _raw(record, claim)
        reason = next(_against(claim, label, item.kind, record.mode), None)
        if reason is not None or raw is None:
            found.left_out[reason or _NO_RAW] += 1
            continue
        found.rows.append(
            {
                "id": f"{item.response_id}/{claim.number}",
                "claim": claim.text,
                "question": answer.question,
                "label": label,
                "group": item.response_id,
                "score": raw.get("confidence"),
                "verdict": raw.get("verdict") if raw.get("verdict") in _JUDGED else None,
                "verifier": uncalibrated(_version(record)) or None,
            }
        )


def _raw(record: DecisionRecord, claim: AnswerClaim) -> Mapping[str, Any] | None:
    """Verdict and confidence from before any calibration; None where a record keeps only what one made of them."""
    kept = record.claims[claim.number]
    raw: Mapping[str, Any] | None = kept.get("raw")
    return raw or (None if is_calibrated(_version(record)) else kept)


def _version(record: DecisionRecord) -> str:
    return record.versions.get("verifier", "")


def _against(claim: AnswerClaim, label: str | None, item: str, mode: str) -> Iterator[str]:
    """Why a settled claim is no label, whatever its score."""
    if label is None:
        yield "on which people do not agree"
    if item == CASE:  # they come to people because they are hard, and no chance draws them
        yield "from cases"
    if claim.flagged and mode == _ENFORCE:
        yield "in whose place another text was delivered"
    if claim.kind != ClaimKind.POLICY:
        yield "about the customer's account"
    if is_bare_answer(claim.text):
        yield "a bare yes or no"
    if claim.evidence and claim.evidence[0].document.startswith((FROM_TOOL, FROM_CONTEXT)):
        yield "decided by a record of the customer's"
