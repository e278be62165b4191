"""A row in every table that the audit log seals, written as the program writes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from support.cases import moved
from support.customers import CUSTOMER, answer, case, contact, promise

from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.policies.rule_proposals import APPROVED
from proxy.ledger.records import PolicyChange
from proxy.ledger.rehearsal.register import Prediction, PredictionOutcome, RehearsalReport
from proxy.ledger.reviews.policy_notes import PolicyNote
from proxy.ledger.reviews.records import ReviewDraw, ReviewGiving, ReviewItem, ReviewJudgement
from proxy.ledger.staff.people import PersonRecord


def a_bit_of_everything(ledger: Ledger, number: int = 1) -> None:
    """All that ``CUSTOMER`` may leave, and a changed document and policy; ``number`` tells it from other such lots."""
    now = datetime.now(UTC)
    content_hash = f"{number:064x}"
    ledger.keep("refunds", f"refunds-{number}.md", content_hash, b"Refunds take %d days." % number)
    facts = {"phone": {"state": "fresh", "value": "123", "readings": []}}
    ref = f"CX-{number}"
    record = answer(
        f"r{number}", versions={"corpus": f"v{number}"}, escalation_ref=ref, context={"facts": facts}
    )
    promised = replace(promise(f"PR-{number}"), created_at=now)
    ledger.submit(replace(record, created_at=now), {"refunds": content_hash}, [promised]).result()
    ledger.escalate(replace(case(ref), created_at=now))
    moved(ledger, ref, "claimed", by="ana", note="looking")
    ledger.customers.report([replace(contact(f"k{number}"), at=now, received_at=now)])
    last = ledger.policy_changes.latest("default")
    ledger.policy_changes.add(PolicyChange("default", now, f"{number}", last and last.version, "bo", {}))
    proposal = ledger.rule_proposals.add("default", {"name": f"rule {number}"}, by="bo", at=now)
    ledger.rule_proposals.decide(proposal.id, "default", APPROVED, by="ana", at=now)
    ledger.canaries.begun("default", f"candidate {number}", "c-1", now)
    somebody = PersonRecord(f"per_{number}", f"ana{number}@example.com", "Ana", ("reviewer",), now)
    ledger.people.add(somebody, by="ops")
    ledger.policy_notes.add(PolicyNote(now, "ana", ref, f"note {number}"))
    a_review(ledger, number, now)
    a_prediction(ledger, number, now)
    detected = FailureEvent(
        f"found {number}", "detected", now, "ana", "reviewer", {"response_id": f"r{number}"}
    )
    ledger.failures.tell(Failure(f"failure {number}", "wrong_claim", now, CUSTOMER), detected)


def a_review(ledger: Ledger, number: int, now: datetime) -> None:
    name = f"review-{number}"
    item = ReviewItem(name, name, "sampled", now, now, response_id=f"r{number}")
    since = now - timedelta(hours=number + 1)
    ledger.reviews.draw(ReviewDraw("default", since, now, now, 1, 1, {"medium": 1.0}), [item])
    giving = ledger.reviews.take(ReviewGiving(name, item.id, "ana", 1, now, [0]))
    ledger.reviews.judge(ReviewJudgement(giving.id, 0, "first", "supported", now, 900, 900, 500))
    ledger.reviews.end(giving, "finished", now, lambda _: 1)


def a_prediction(ledger: Ledger, number: int, now: datetime) -> None:
    soon, later = now + timedelta(days=1), now + timedelta(days=30)
    report = RehearsalReport(f"RR-{number}", now, "ana", {})
    predicted = Prediction(
        f"P-{number}", report.id, now, "ana", "pilot", "good", soon, later, 0.7, 0.6, 0.8, 500, {}
    )
    ledger.rehearsals.keep(report, [predicted])
    ledger.rehearsals.came([PredictionOutcome(predicted.id, now, "ana", "results", 0.7, 0.6, 0.8, 100)])


def everything_sealed(ledger: Ledger) -> None:
    """Two rows in every sealed table, and all of them sealed."""
    for number in (1, 2):
        a_bit_of_everything(ledger, number)
    ledger.audit.seal()
    assert ledger.forget_facts(["phone"], datetime.now(UTC) + timedelta(days=1)) == 2
    ledger.audit.seal()
    assert ledger.audit.verify().findings == []
