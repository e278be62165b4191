"""What reviewers settled: delivered claims that are wrong, and true ones that were kept from the customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from proxy.ledger.failures.records import AI, HUMAN, FailureEvent, Kind, Source, Step
from proxy.ledger.records import DecisionRecord, JsonObject, models_sentence
from proxy.ledger.reviews.outcomes import SUPPORTED, WRONG, settled
from proxy.ledger.reviews.records import CASE, Review
from proxy.recovery.detecting.look import Found, Look, failure_of, found

_ENFORCE, _DELIVERED = "enforce", "deliver"


def reviewed(look: Look) -> Iterator[Found]:
    """Of answers that have all their reviews; a claim that people do not agree on settles nothing."""
    for item_id in look.signs.reviewed(look.tenant, look.since):
        reviews = look.ledger.reviews.reviews(look.tenant, item_id=item_id)
        finished = [one for one in reviews if one.finished and not one.giving.simulated]
        record = _answer(look, finished[0].item.response_id or "") if finished else None
        if record is not None and record.tenant == look.tenant and _has_all(finished):
            yield from _outcome(finished, record)


def _answer(look: Look, response_id: str) -> DecisionRecord | None:
    """What a person wrote is named by the chat answer that told it, by which recall would name its failure, too."""
    record = look.ledger.answer(response_id)
    told_in = look.ledger.desk.told_in(response_id)
    return replace(record, response_id=told_in) if record and told_in else record


def _has_all(finished: Sequence[Review]) -> bool:
    return len(finished) >= max(one.end.wanted for one in finished if one.end is not None)


def _outcome(finished: Sequence[Review], record: DecisionRecord) -> Iterator[Found]:
    item, verdicts = finished[0].item, settled(finished)
    claims = [(choice, claim) for choice in record.choices for claim in choice.get("claims") or ()]
    # Of a case the model's own sentences are reviewed; of other answers what was put in their place.
    as_model_wrote = item.kind == CASE or record.mode != _ENFORCE
    wrong, blocked = None, None
    for number, verdict in verdicts.items():
        if number >= len(claims):
            continue
        choice, claim = claims[number]
        got_it = not as_model_wrote or record.mode != _ENFORCE or _was_delivered(claim, choice)
        if got_it and verdict in WRONG:
            wrong = wrong or (number, claim)
        elif not got_it and verdict == SUPPORTED:
            blocked = blocked or (number, claim)
    if wrong is not None:
        kind = Kind.WRONG_HUMAN_ANSWER if item.author else Kind.WRONG_CLAIM
        text = models_sentence(wrong[1]) if as_model_wrote else wrong[1].get("text")
        yield _told(kind, finished, record, wrong[0], verdicts[wrong[0]], text)
    if blocked is not None:
        yield _told(Kind.WRONG_BLOCK, finished, record, blocked[0], SUPPORTED, models_sentence(blocked[1]))


def _was_delivered(claim: JsonObject, choice: JsonObject) -> bool:
    """Whether the customer read this sentence; a handover may have taken the whole answer's place."""
    text = claim.get("text")
    return claim.get("action") == _DELIVERED and bool(text) and text in (choice.get("delivered_text") or "")


def _told(
    kind: Kind,
    finished: Sequence[Review],
    record: DecisionRecord,
    number: int,
    verdict: str | None,
    text: str | None,
) -> Found:
    item, last = finished[0].item, finished[-1]
    data: JsonObject = {
        "severity": item.risk,
        "review": item.id,
        "claim": number,
        "verdict": verdict,
        "reviewers": len(finished),
    }
    author = HUMAN if kind is Kind.WRONG_HUMAN_ANSWER else AI
    return found(
        failure_of(record, kind, text=text, author=author, case_ref=item.case_ref or record.escalation_ref),
        FailureEvent(
            key=f"review:{item.id}:{verdict}",
            step=Step.DETECTED,
            at=_ended(last),
            actor=last.giving.reviewer,
            source=Source.REVIEWER,
            data=data,
            note=next((one.note for one in last.judgements if one.claim == number and one.note), None),
        ),
    )


def _ended(review: Review) -> datetime:
    return review.end.at if review.end is not None else review.giving.at
