"""Erasing a customer leaves nothing that names them, and nothing of anybody else's is touched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import text
from support.cases import moved
from support.customers import CUSTOMER, NOON, account_answer, after, answer, case, contact, promise

from proxy.ledger.database import connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Turn
from proxy.ledger.reviews.policy_notes import PolicyNote
from proxy.ledger.reviews.records import SAMPLED, ReviewGiving, ReviewItem, ReviewJudgement

SECRET = "pineapple"
CLAIM = {
    "choice": 0, "text": SECRET, "blocked_text": SECRET, "start": 0, "end": 9, "kind": "account",
    "verdict": "supported", "confidence": 0.9, "action": "deliver", "reason": SECRET,
    "evidence": [{"document": "tool:get_order", "section": SECRET, "quote": SECRET}],
}  # fmt: skip
REVIEWS = ("review_items", "review_givings", "review_judgements", "review_ends")
CHOICE = {"choice": 0, "model_text": SECRET, "delivered_text": SECRET, "claims": [CLAIM]}


def a_life(ledger: Ledger, customer: str, tenant: str, ref: str) -> None:
    own: dict[str, Any] = {"customer_id": customer, "tenant": tenant}
    name = f"{tenant} {customer}"
    record = account_answer(
        f"r of {name}", 1, choices=[CHOICE], question=SECRET, conversation_id=SECRET, trace_id=SECRET,
        facts=[{"source": "crm", "text": SECRET}], usage={"total_tokens": 5, "note": SECRET}, escalation_ref=ref,
        policy_date=NOON, versions={"corpus": "c-1"}, **own,
    )  # fmt: skip
    promised = promise(f"PR-{name}", text=SECRET, conversation_id=SECRET, **own)
    ledger.submit(record, promised=[promised]).result()
    ledger.escalate(case(ref, 2, question=SECRET, blocked_text=SECRET, conversation_id=SECRET, **own))
    moved(ledger, ref, "claimed", by="ana", note=SECRET, tenant=tenant)
    ledger.customers.report([contact(f"k {name}", text=SECRET, data={"a": SECRET}, **own)])
    item = ReviewItem(f"i of {name}", name, SAMPLED, NOON, NOON, response_id=f"r of {name}", tenant=tenant)
    ledger.reviews.add([item])
    ledger.reviews.take(ReviewGiving(f"g of {name}", item.id, "ana", 1, NOON, tenant=tenant))
    ledger.reviews.judge(ReviewJudgement(f"g of {name}", 0, "first", "supported", NOON, 1, 1, 1, SECRET))
    ledger.policy_notes.add(PolicyNote(NOON, "ana", ref, f"The customer wrote: {SECRET}", tenant=tenant))
    found = FailureEvent(
        f"r of {name}", "detected", NOON, "ana", "reviewer", {"contact": f"k {name}"}, SECRET
    )
    ledger.failures.tell(Failure(f"r of {name}", "wrong_claim", NOON, text=SECRET, **own), found)
    ledger.turns.keep(Turn(f"r of {name}", "owner", NOON, None, [{"content": SECRET}], {"output": SECRET}))


def everything(url: str) -> str:
    """All that stands in the ledger, as text."""
    tables = (
        *("decisions", "escalations", "escalation_events", "contacts", "promises", "turns"),
        *("answer_texts", "answer_marks", *REVIEWS, "policy_notes"),
        *("failures", "failure_events", "failure_states"),
        *("sentences", "sentence_places", "desk_sentence_places", "recall_findings", "corrections"),
        *("desk_cases", "desk_answers", "desk_requests", "desk_news", "desk_deliveries"),
    )
    engine = connect(parsed(url))
    with engine.connect() as connection:
        rows = [row for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))]
    engine.dispose()
    return "\n".join(map(str, rows))


def test_nothing_of_the_customer_stays(ledger: Ledger, ledger_url: str) -> None:
    a_life(ledger, CUSTOMER, "default", "CX-2222-2222")
    ledger.customers.erase("default", CUSTOMER)
    left = everything(ledger_url)
    for told in (SECRET, CUSTOMER, "CX-2222-2222", "PR-", "r of", "open_case"):
        assert told not in left
    assert ledger.customers.timeline("default", CUSTOMER) == []
    assert set(ledger.customers.kept("default", CUSTOMER).values()) == {0}


def test_what_reports_count_stays(ledger: Ledger) -> None:
    a_life(ledger, CUSTOMER, "default", "CX-2222-2222")
    ledger.customers.erase("default", CUSTOMER)
    (blank,) = ledger.answers()
    assert (blank.created_at, blank.decision, blank.mode, blank.route) == (
        after(1),
        "deliver",
        "enforce",
        "default",
    )
    assert blank.usage == {"total_tokens": 5} and blank.versions == {"corpus": "c-1"}
    (claim,) = blank.choices[0]["claims"]
    assert (claim["verdict"], claim["confidence"]) == ("supported", 0.9)
    assert blank.customer_id is blank.conversation_id is blank.question is blank.policy_date is None


@pytest.mark.parametrize(
    ("customer", "tenant"), [("c-47110", "default"), (CUSTOMER, "acme"), ("c-471", "default")]
)
def test_others_stay_as_they_were(ledger: Ledger, customer: str, tenant: str) -> None:
    a_life(ledger, customer, tenant, "CX-3333-3333")
    before = ledger.customers.timeline(tenant, customer)
    record, turn = (
        ledger.answer(f"r of {tenant} {customer}"),
        ledger.turns.get(f"r of {tenant} {customer}", "owner"),
    )
    a_life(ledger, CUSTOMER, "default", "CX-2222-2222")
    ledger.customers.erase("default", CUSTOMER)
    assert ledger.customers.timeline(tenant, customer) == before and len(before) == 7
    assert ledger.answer(f"r of {tenant} {customer}") == record
    assert ledger.turns.get(f"r of {tenant} {customer}", "owner") == turn is not None


def test_it_is_told_beforehand_what_goes(ledger: Ledger) -> None:
    a_life(ledger, CUSTOMER, "default", "CX-2222-2222")
    a_life(ledger, "c-1", "default", "CX-3333-3333")
    assert ledger.customers.kept("default", CUSTOMER) == {
        "answers": 1, "turns": 1, "copies": 0, "reviews": 1, "policy_notes": 1, "escalations": 1, "contacts": 1,
        "promises": 1, "recall_findings": 0, "corrections": 0, "failures": 1,
    }  # fmt: skip
    assert set(ledger.customers.kept("acme", CUSTOMER).values()) == {0}


def test_more_than_one_bite_goes(ledger: Ledger) -> None:
    for future in [ledger.submit(answer(f"r{n}")) for n in range(1203)]:
        future.result()
    ledger.customers.erase("default", CUSTOMER)
    assert ledger.customers.kept("default", CUSTOMER)["answers"] == 0
    assert len(ledger.answers(limit=10_000)) == 1203


def test_a_fact_is_forgotten_before_its_decision(ledger: Ledger) -> None:
    read = {"state": "fresh", "value": SECRET, "age_s": 3, "readings": [{"value": SECRET}]}
    facts = {"phone": read, "plan": read}
    for response_id, hours in (("old", -100), ("new", 0)):
        ledger.record(answer(response_id, hours, context={"completeness": 1.0, "facts": facts}))
    old, new = ledger.answer("old"), ledger.answer("new")
    assert ledger.forget_facts(["phone"], after(-50)) == 1
    assert ledger.forget_facts(["phone"], after(-50)) == 0
    forgotten = ledger.answer("old")
    assert old and forgotten and ledger.answer("new") == new
    blank = {"phone": {"state": "fresh", "age_s": 3}, "plan": read}
    assert asdict(forgotten) == {**asdict(old), "context": {"completeness": 1.0, "facts": blank}}


def test_facts_are_forgotten_in_bites_and_not_looked_for_where_that_was_done(ledger: Ledger) -> None:
    context = {"facts": {"phone": {"state": "fresh", "value": SECRET}}}
    made = [ledger.submit(answer(f"r{n:04}", n / 1000, context=context)) for n in range(1203)]
    for future in made:
        future.result()
    assert ledger.forget_facts(["phone"], after(2), since=after(1)) == 203
    assert ledger.forget_facts(["phone"], after(2)) == 1000
    ledger.record(answer("none", context=None))
    assert ledger.forget_facts(["phone"], after(2)) == 0
