"""Answers are found by what is in them, page by page, and no longer than they are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from support.customers import CUSTOMER, NOON, after, answer
from support.recorded import claim

from proxy.ledger.answers.search import After, AnswerQuery, folded, wanted_words
from proxy.ledger.database import WRITES, connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.ledger.schema import answer_texts

REFUND = "Refunds are paid within 30 days."
RULE = {"rule": "no-gifts", "effect": "refuse", "evaluated": True}


def said(response_id: str, hours: float = 0.0, text: str = REFUND, **more: Any) -> DecisionRecord:
    claims = more.pop("claims", [claim(text)])
    choice = {"choice": 0, "model_text": text, "delivered_text": text, "claims": claims}
    return answer(response_id, hours, **{"question": "When?", "choices": [choice], "rules": [], **more})


def found(ledger: Ledger, **query: Any) -> list[str]:
    return [
        one.response_id for one in ledger.answer_search.page(AnswerQuery(**{"tenant": "default", **query}))
    ]


def fill(ledger: Ledger) -> None:
    three = [
        said("r1", 1),
        said("r2", 2, "Gifts cost 5% more, as O'Neil says.", customer_id="c-2", decision="escalate", rules=[RULE]),
        said("r3", 3, claims=[claim(REFUND, verdict="contradicted")], question="Wie spät? ÄRGER", mode="observe"),
    ]  # fmt: skip
    for record in three:
        ledger.record(record)
    ledger.record(said("other", 4, tenant="acme"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["r3", "r2", "r1"]),
        ({"text": "REFUNDS"}, ["r3", "r1"]),
        ({"text": "30 within"}, ["r3", "r1"]),
        ({"text": '"within 30"'}, ["r3", "r1"]),
        ({"text": '"30 within"'}, []),
        ({"text": "5%"}, ["r2"]),
        ({"text": "5_"}, []),
        ({"text": "ärger"}, ["r3"]),
        ({"text": "o'neil"}, ["r2"]),
        ({"customer_id": "c-2"}, ["r2"]),
        ({"decision": "escalate"}, ["r2"]),
        ({"mode": "observe"}, ["r3"]),
        ({"rule": "no-gifts"}, ["r2"]),
        ({"verdict": "contradicted"}, ["r3"]),
        ({"verdict": "supported", "text": "gifts"}, ["r2"]),
        ({"document": "telecom/billing"}, ["r3", "r2", "r1"]),
        ({"document": "telecom/billing", "section": "Bills", "verdict": "contradicted"}, ["r3"]),
        ({"document": "telecom"}, []),
        ({"since": after(2)}, ["r3", "r2"]),
        ({"until": after(2)}, ["r1"]),
        ({"since": after(2), "until": after(3), "text": "gifts"}, ["r2"]),
        ({"verified": False}, []),
        ({"tenant": "acme"}, ["other"]),
        ({"tenant": "acme", "text": "gifts"}, []),
    ],
    ids=str,
)
def test_answers_are_found_by(query: dict[str, Any], expected: list[str], ledger: Ledger) -> None:
    fill(ledger)
    assert found(ledger, **query) == expected


def test_a_page_begins_where_the_one_before_ended(ledger: Ledger) -> None:
    made = [ledger.submit(said(f"r{n:03}", n // 4)) for n in range(50)]
    for future in made:
        future.result()
    pages, place, query = [], None, AnswerQuery("default", text="refunds")
    while page := ledger.answer_search.page(query, after=place, limit=7):
        pages += page
        place = After(page[-1].created_at, page[-1].response_id)
    assert [one.response_id for one in pages] == [
        one.response_id
        for one in sorted(pages, key=lambda one: (-one.created_at.timestamp(), one.response_id))
    ]
    assert len({one.response_id for one in pages}) == len(pages) == 50


def test_it_is_counted_in_how_many_answers_each_thing_is(ledger: Ledger) -> None:
    fill(ledger)
    count = ledger.answer_search.counted
    assert count("default", "verdict") == {"supported": 2, "contradicted": 1}
    assert count("default", "section", within="telecom/billing › ") == {"telecom/billing › Bills": 3}
    assert count("default", "section", within="telecom/b › ") == {}
    assert count("default", "rule", since=after(3)) == {}


@pytest.mark.parametrize("level", ["masked", "none"])
def test_what_is_not_kept_is_not_found_and_all_else_is(
    level: str, open_ledger: Callable[..., Ledger]
) -> None:
    ledger = open_ledger(store_text=level)
    ledger.record(said("r1", question="Write to ada@example.com", text="We wrote to ada@example.com."))
    assert found(ledger, text="ada@example.com") == []
    assert found(ledger, text="wrote") == (["r1"] if level == "masked" else [])
    assert found(ledger, document="telecom/billing", verdict="supported") == ["r1"]


def test_an_erased_customers_words_are_gone_from_the_search(ledger: Ledger) -> None:
    fill(ledger)
    ledger.customers.erase("default", CUSTOMER)
    assert found(ledger, text="refunds") == []
    assert found(ledger, text="gifts") == ["r2"]
    assert len(found(ledger)) == 3


def test_what_retention_removes_is_found_no_more(ledger: Ledger) -> None:
    fill(ledger)
    ledger.purge(after(2.5))
    assert found(ledger) == found(ledger, text="refunds") == ["r3"]
    assert ledger.answer_search.counted("default", "rule") == {}


def test_an_answer_is_found_after_a_fact_of_it_was_forgotten(ledger: Ledger) -> None:
    facts = {"phone": {"state": "fresh", "value": "+1"}}
    ledger.record(said("r1", context={"facts": facts}))
    assert ledger.forget_facts(["phone"], NOON + timedelta(days=1)) == 1
    assert found(ledger, text="refunds") == ["r1"]


def test_what_an_older_release_recorded_is_entered_once(ledger: Ledger, ledger_url: str) -> None:
    fill(ledger)
    engine = connect(parsed(ledger_url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(delete(answer_texts))
    engine.dispose()
    assert found(ledger, text="refunds") == []
    assert (ledger.answer_search.fill(), ledger.answer_search.fill()) == (4, 0)
    assert found(ledger, text="refunds") == ["r3", "r1"]
    assert ledger.answer_search.counted("default", "verdict").total() == 3


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once_and_a_text_is_found_by_its_own_words(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert all(word in folded(text) or '"' in text for word in wanted_words(text))
