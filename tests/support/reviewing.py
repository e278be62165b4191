"""Answers to review, and people who review them, in a real ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, EscalationRecord
from proxy.ledger.reviews.records import (
    FINISHED,
    SAMPLED,
    SEEDED_BAD,
    SEEDED_GOOD,
    Review,
    ReviewEnd,
    ReviewGiving,
    ReviewItem,
    ReviewJudgement,
)
from proxy.review.dwell import Watched
from proxy.review.giving import Ended, Reviewing
from proxy.review.plan import ReviewPlan
from proxy.review.views import Given

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SEEN = Watched(60_000, 60_000, 60_000)
POLICY = "Bags of up to 23 kg are free on a Standard fare."
PLAIN = ReviewPlan(second_share=0, seeded_share=0, burst_length=0)


def claim(text: str, *, verdict: str = "supported", action: str = "deliver", **more: Any) -> dict[str, Any]:
    quote = {"document": "airline/bags", "section": "Checked bags", "quote": POLICY, "url": None}
    return {
        "choice": 0, "text": text, "start": 0, "end": len(text), "kind": "policy", "verdict": verdict,
        "confidence": 0.9, "action": action, "reason": "as policy says", "evidence": [quote], **more,
    }  # fmt: skip


CLAIMS = [
    claim("Your bag may weigh 23 kg."),
    claim("Hello!", kind="not_checkable"),
    claim("Our policy says so.", verdict="contradicted", action="rewrite", blocked_text="A second bag is free."),
    claim("Bags are checked at the desk."),
]  # fmt: skip


def answered(ledger: Ledger, response_id: str, at: datetime = NOON, **more: Any) -> DecisionRecord:
    """An answer that was delivered, in the ledger."""
    claims = more.pop("claims", CLAIMS)
    text = " ".join(one["text"] for one in claims)
    given: dict[str, Any] = {
        "route": "chat", "mode": "enforce", "decision": "deliver", "verified": True, "model": "m",
        "question": "How heavy may my bag be?", "versions": {"corpus": "c-1"},
        "choices": [{"choice": 0, "model_text": text, "delivered_text": text, "claims": claims}],
    }  # fmt: skip
    record = DecisionRecord(response_id, at, **{**given, **more})
    ledger.record(record)
    return record


def sampled(ledger: Ledger, name: str, at: datetime = NOON, **more: Any) -> ReviewItem:
    """An item of the sample, with the answer that it is about."""
    answered(ledger, f"r-{name}", at)
    item = ReviewItem(f"i-{name}", f"sampled r-{name}", SAMPLED, at, at, response_id=f"r-{name}", **more)
    ledger.reviews.add([item])
    return item


def seeded(ledger: Ledger, name: str, *, bad: bool = True) -> ReviewItem:
    """A seeded item: two true claims, or one and a false one."""
    second = "Bags of up to 32 kg are free." if bad else POLICY
    content = {"question": "And my bag?", "claims": [claim("Bags are checked."), claim(second)]}
    item = ReviewItem(
        f"s-{name}",
        f"seeded {name}",
        SEEDED_BAD if bad else SEEDED_GOOD,
        NOON,
        NOON,
        content=content,
        truth={"0": "supported", "1": "contradicted" if bad else "supported"},
        source="probe: wrong number",
    )
    ledger.reviews.add([item])
    return item


def escalated(ledger: Ledger, ref: str = "CX-2222-2222", **more: Any) -> str:
    """A case with its answer, two claims of which the machine did not deliver."""
    answered(ledger, f"r-{ref}", decision="escalate", escalation_ref=ref, **more)
    case = EscalationRecord(ref, f"r-{ref}", f"turn {ref}", "contradicted", NOON)
    return ledger.escalate(case).ref


def reviewing(ledger: Ledger, plan: ReviewPlan = PLAIN, seed: int = 1) -> Reviewing:
    return Reviewing(ledger, plan, random=Random(seed))


def judged(
    by: Reviewing, given: Given, verdicts: Mapping[int, str] | None = None, *, after_s: float = 60
) -> Given:
    """The review with all claims judged, supported where nothing else is said."""
    for one in given.claims:
        verdict = (verdicts or {}).get(one.number, "supported")
        at = given.at + timedelta(seconds=after_s)
        given = by.judge(given.id, given.reviewer, one.number, verdict, SEEN, at)
    return given


def reviewed(
    by: Reviewing,
    reviewer: str,
    at: datetime,
    verdicts: Mapping[int, str] | None = None,
    *,
    after_s: float = 60,
) -> Ended | None:
    """The next review of a person, from start to end."""
    given = by.next_review(reviewer, at)
    if given is None:
        return None
    judged(by, given, verdicts, after_s=after_s)
    return by.finish(given.id, reviewer, at + timedelta(seconds=after_s))


def review(
    number: int,
    verdicts: Sequence[str] = ("supported",),
    *,
    kind: str = SAMPLED,
    who: str = "ann",
    at: datetime = NOON,
    took_s: float = 60,
    focused_ms: int = 9_000,
    item: str | None = None,
    burst: str | None = None,
) -> Review:
    """A review whose last claim is the false one of a seeded error."""
    truth = {str(claim): "supported" for claim in range(len(verdicts))}
    if kind == SEEDED_BAD:
        truth[str(len(verdicts) - 1)] = "contradicted"
    of = ReviewItem(item or f"i{number}", f"k{number}", kind, NOON, NOON, truth=truth)
    giving = ReviewGiving(f"g{who}{number}", of.id, who, 1, at, burst=burst)
    told = tuple(
        ReviewJudgement(giving.id, claim, "first", verdict, at, focused_ms, focused_ms, 5_000)
        for claim, verdict in enumerate(verdicts)
    )
    return Review(giving, of, told, ReviewEnd(giving.id, at + timedelta(seconds=took_s), FINISHED, 1))


def series(caught: str, *, who: str = "ann", start: datetime = NOON, took_s: float = 60) -> list[Review]:
    """Seeded errors one after another; ``x`` was caught and ``.`` was not."""
    return [
        review(
            number,
            ("supported", "contradicted" if sign == "x" else "supported"),
            kind=SEEDED_BAD,
            who=who,
            at=start + timedelta(seconds=took_s * number),
            took_s=took_s,
        )
        for number, sign in enumerate(caught)
    ]
