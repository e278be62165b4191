"""The demo notices when a conversation did not end as its file says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxy.demo.conversations import Conversation
from proxy.demo.customer import Ending, differences

CHANGED = {
    "action": "rewrite",
    "confidence": 0.02,
    "evidence": [{"document": "airline/bereavement-fares", "quote": "It does not apply after travel."}],
}


def cxai(decision: str, *claims: dict[str, Any], verified: bool = True) -> dict[str, Any]:
    return {"decision": decision, "verified": verified, "claims": list(claims)}


@pytest.fixture
def moffatt(conversations: tuple[Conversation, ...]) -> Conversation:
    return conversations[0]


@pytest.fixture
def right(moffatt: Conversation) -> Ending:
    return Ending(" ".join(moffatt.expected.must_contain), cxai("rewrite", CHANGED))


def test_an_ending_as_expected_has_no_differences(moffatt: Conversation, right: Ending) -> None:
    assert differences(moffatt, right) == []


def test_each_way_of_ending_otherwise_is_named(moffatt: Conversation, right: Ending) -> None:
    endings = {
        "decision is deliver, not rewrite": replace(right, cxai=cxai("deliver", CHANGED)),
        "says '90 days'": replace(right, text=right.text + " You have 90 days."),
        'does not say "I\'m very sorry for your loss."': replace(
            right, text=right.text.replace("sorry", "sad")
        ),
        "not verified (no cxai object)": replace(right, cxai={}),
        "decided by no document, not airline/bereavement-fares": replace(right, cxai=cxai("rewrite")),
    }
    for difference, ending in endings.items():
        assert difference in differences(moffatt, ending)


def test_a_delivered_answer_must_be_what_the_model_said(conversations: tuple[Conversation, ...]) -> None:
    thanks = next(c for c in conversations if c.id == "thanks")
    assert differences(thanks, Ending(thanks.model_said, cxai("deliver"))) == []
    assert differences(thanks, Ending(thanks.model_said + " ", cxai("deliver"))) == [
        "the delivered text is not what the model said"
    ]


def test_a_forbidden_quote_in_the_evidence_counts_as_said(conversations: tuple[Conversation, ...]) -> None:
    staff = next(c for c in conversations if c.id == "staff-only")
    quoted = {**CHANGED, "evidence": [{"document": "x", "quote": "25% off"}]}
    assert "says '25%'" in differences(staff, Ending("Reference CX-1", cxai("escalate", quoted)))
