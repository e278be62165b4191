"""store_text: what each level keeps of a record, read back from the database's own bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, EscalationRecord

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DELIVERED = "Mail jane@example.com. Refunds take 14 days."
POLICY = {
    "document": "airline/refunds",
    "section": "Refunds › How",
    "quote": "Write to help@airline.example.",
}
TOOL = {"document": "tool:get_booking", "section": "NO6JO3", "quote": '{"email": "jane@example.com"}'}
RECORD = DecisionRecord(
    response_id="r1",
    created_at=NOON,
    route="default",
    mode="enforce",
    decision="rewrite",
    verified=True,
    model="gpt-4o",
    confidence=0.25,
    conversation_id="conv-7",
    customer_id="cust-9",
    question="I am jane@example.com, when is my money back?",
    choices=[
        {
            "choice": 0,
            "finish_reason": "stop",
            "model_text": "Mail jane@example.com. Refunds take 90 days.",
            "delivered_text": DELIVERED,
            "claims": [
                {
                    "choice": 0,
                    "text": "Mail jane@example.com.",
                    "start": 0,
                    "end": 22,
                    "kind": "account",
                    "verdict": "supported",
                    "confidence": 0.9,
                    "reason": "the booking names jane@example.com",
                    "evidence": [TOOL],
                },
                {
                    "choice": 0,
                    "text": "Refunds take 14 days.",
                    "start": 23,
                    "end": 44,
                    "kind": "policy",
                    "verdict": "contradicted",
                    "confidence": 0.25,
                    "reason": "policy says 14 days, the answer says 90",
                    "evidence": [POLICY],
                    "a_field_of_a_later_version": "Mail jane@example.com",
                },
            ],
        }
    ],
    facts=[{"source": "get_booking", "text": "booked by jane@example.com", "succeeded": True, "age_s": 1.5}],
    versions={"corpus": "c-0123456789abcdef"},
    timings_ms={"judge": 3.5},
    context={
        "completeness": 0.5,
        "facts": {
            "complaint": {"state": "fresh", "value": True, "age_s": 3.0, "source": "crm"},
            "email": {
                "state": "conflicting",
                "value": "jane@example.com",
                "readings": [
                    {"source": "crm", "value": "jane@example.com"},
                    {"source": "app", "value": "jd@x.org"},
                ],
            },
        },
    },
    usage={"total_tokens": 7, "note": "jane@example.com", "details": {"cached": 1}},
)
CASE = EscalationRecord(
    ref="CX-2222-2222",
    response_id="r1",
    dedup_key="turn 1",
    reason="the answer names jane@example.com",
    created_at=NOON,
    customer_id="cust-9",
    question="I am jane@example.com",
    blocked_text="Mail jane@example.com.",
)


@pytest.fixture
def stored(open_ledger: Callable[..., Ledger]) -> Callable[[str], tuple[DecisionRecord, EscalationRecord]]:
    def store(level: str) -> tuple[DecisionRecord, EscalationRecord]:
        ledger = open_ledger(store_text=level)
        ledger.record(RECORD)
        ledger.escalate(CASE)
        record, case = ledger.answer("r1"), ledger.escalation("CX-2222-2222")
        assert record is not None and case is not None
        return record, case

    return store


Stored = Callable[[str], tuple[DecisionRecord, EscalationRecord]]


def test_full_keeps_everything(stored: Stored) -> None:
    assert stored("full") == (RECORD, CASE)


def test_masked_keeps_the_words_and_covers_the_person(stored: Stored) -> None:
    record, case = stored("masked")
    assert record.question == "I am [email•••••••••], when is my money back?"
    assert record.choices[0]["model_text"] == "Mail [email•••••••••]. Refunds take 90 days."
    assert case.blocked_text == "Mail [email•••••••••]."
    assert case.question == "I am [email•••••••••]"
    assert "jane@" not in repr((record, case))
    assert record.facts == [
        {"source": "get_booking", "text": "booked by [email•••••••••]", "succeeded": True, "age_s": 1.5}
    ]


def test_masked_leaves_every_offset_true(stored: Stored) -> None:
    choice = stored("masked")[0].choices[0]
    for claim in choice["claims"]:
        assert choice["delivered_text"][claim["start"] : claim["end"]] == claim["text"]


def test_a_claim_is_masked_as_in_its_text_though_it_would_not_be_by_itself(
    open_ledger: Callable[..., Ledger],
) -> None:
    """``NO6JO3`` cut in two by a sentence splitter is no booking code any more, but still half of one."""
    claims = [{"text": "Your code is NO6", "start": 0, "end": 16}, {"text": "JO3.", "start": 16, "end": 20}]
    ledger = open_ledger(store_text="masked")
    choices = [{"delivered_text": "Your code is NO6JO3.", "claims": claims}]
    ledger.record(DecisionRecord("r2", NOON, "", "", "deliver", True, "", choices=choices))
    record = ledger.answer("r2")
    assert record is not None
    assert [claim["text"] for claim in record.choices[0]["claims"]] == ["Your code is [id", "••]."]


def test_masked_leaves_the_policys_own_words(stored: Stored) -> None:
    claims = stored("masked")[0].choices[0]["claims"]
    assert claims[1]["evidence"] == [POLICY]
    assert claims[0]["evidence"][0]["document"] == "tool:get_booking"


def test_none_keeps_verdicts_ids_offsets_and_where_the_evidence_stands(stored: Stored) -> None:
    record, case = stored("none")
    common = {"choice": 0, "kind": "account", "verdict": "supported", "confidence": 0.9}
    assert record.choices == [
        {
            "choice": 0,
            "finish_reason": "stop",
            "claims": [
                {**common, "start": 0, "end": 22, "evidence": [{"document": "tool:get_booking"}]},
                {
                    **common,
                    "start": 23,
                    "end": 44,
                    "kind": "policy",
                    "verdict": "contradicted",
                    "confidence": 0.25,
                    "evidence": [{"document": "airline/refunds", "section": "Refunds › How"}],
                },
            ],
        }
    ]
    assert record.facts == [{"source": "get_booking", "succeeded": True, "age_s": 1.5}]
    assert record.usage == {"total_tokens": 7, "details": {"cached": 1}}
    assert (record.conversation_id, record.customer_id, record.confidence) == ("conv-7", "cust-9", 0.25)
    assert (case.ref, case.customer_id, case.blocked_text, case.question) == (
        "CX-2222-2222",
        "cust-9",
        None,
        None,
    )


@pytest.mark.parametrize("level", ["masked", "none"])
def test_what_is_not_kept_reaches_no_file(tmp_path: Path, level: str) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", store_text=level) as ledger:
        ledger.record(RECORD)
        ledger.escalate(CASE)
        content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"jane@" not in content
    assert (b"money back" in content) is (level == "masked")


def test_the_observe_report_works_without_text(open_ledger: Callable[..., Ledger]) -> None:
    ledger = open_ledger(store_text="none")
    ledger.record(replace(RECORD, mode="observe"))
    row = ledger.observe_report()[0]
    assert (row.decision, row.verdict, row.document, row.section) == (
        "rewrite",
        "contradicted",
        "airline/refunds",
        "Refunds › How",
    )
    assert (row.question, row.claim, row.quote) == (None, None, None)


RULED = replace(
    RECORD,
    choices=[
        {
            "choice": 0,
            "claims": [],
            "rules": [
                {
                    "rule": "refund-over-limit",
                    "effect": "stop_tool_call",
                    "tool": "issue_refund",
                    "action": "escalate",
                    "evaluated": True,
                    "reason": "A person decides.",
                    "call_id": "call_1",
                    "arguments": '{"email": "jane@example.com"}',
                }
            ],
        }
    ],
)


@pytest.mark.parametrize("level", ["full", "masked", "none"])
def test_a_rule_that_fired_is_kept_by_name_and_the_arguments_as_other_text(
    tmp_path: Path, level: str
) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", store_text=level) as ledger:
        ledger.record(RULED)
        kept = ledger.answer("r1")
    assert kept is not None
    (rule,) = kept.choices[0]["rules"]
    names = ("rule", "effect", "tool", "action", "evaluated")
    assert [rule[name] for name in names] == [
        "refund-over-limit",
        "stop_tool_call",
        "issue_refund",
        "escalate",
        True,
    ]
    assert ("jane@example.com" in str(rule)) is (level == "full")
    assert ("arguments" in rule) is (level != "none")


@pytest.mark.parametrize("level", ["full", "masked", "none"])
def test_the_calls_of_an_answer_are_kept_by_name_and_their_arguments_as_other_text(
    tmp_path: Path, level: str
) -> None:
    call = {"id": "call_1", "name": "issue_refund", "arguments": '{"to": "jane@example.com", "amount": 5}'}
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", store_text=level) as ledger:
        ledger.record(replace(RECORD, choices=[{"choice": 0, "claims": [], "calls": [call]}]))
        kept = ledger.answer("r1")
    assert kept is not None
    (told,) = kept.choices[0]["calls"]
    assert (told["id"], told["name"]) == ("call_1", "issue_refund")
    assert ("jane@example.com" in str(told)) is (level == "full")
    assert ("arguments" in told) is (level != "none")
    assert level == "none" or json.loads(told["arguments"])["amount"] == 5


def test_masked_covers_what_was_read_of_the_customer_and_keeps_flags(stored: Stored) -> None:
    context = stored("masked")[0].context
    assert context is not None and RECORD.context is not None
    assert context["facts"]["complaint"] == RECORD.context["facts"]["complaint"]
    assert context["facts"]["email"]["value"] == "[email•••••••••]"
    assert "example.com" not in str(context) and "x.org" not in str(context)


def test_none_keeps_states_and_flags_of_the_context_and_none_of_its_texts(stored: Stored) -> None:
    context = stored("none")[0].context
    assert context is not None and RECORD.context is not None
    assert context["completeness"] == 0.5
    assert context["facts"]["complaint"] == RECORD.context["facts"]["complaint"]
    assert context["facts"]["email"] == {
        "state": "conflicting",
        "readings": [{"source": "crm"}, {"source": "app"}],
    }


@pytest.mark.parametrize("level", ["full", "masked", "none"])
def test_rules_over_the_answer_are_kept_by_name_and_their_reasons_as_other_text(
    tmp_path: Path, level: str
) -> None:
    fired = {"choice": None, "rule": "vip", "effect": "mark", "label": "vip", "evaluated": True}
    told = {**fired, "reason": "Asked for by jane@example.com."}
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", store_text=level) as ledger:
        ledger.record(replace(RECORD, rules=[told]))
        kept = ledger.answer("r1")
    assert kept is not None and kept.rules is not None
    (rule,) = kept.rules
    assert {name: rule.get(name) for name in fired} == fired
    assert ("jane@example.com" in str(rule)) is (level == "full")
    assert ("reason" in rule) is (level != "none")
