"""A customer whom people held and automation answered is a failure; where they held nothing after all, it is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.customers import CUSTOMER, account_answer, after, case, contact
from support.detecting import LONG_AGO, files, looked, the_file

from proxy.ledger.ledger import Ledger
from proxy.ledger.texts import StoreText

RETURNED = "returned_to_automation"
HELD = contact("tel-1", "escalated", 0, received_at=datetime.now(UTC))


def test_it_is_found_once_with_what_is_known_of_it(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 1, trace_id="ab" * 16, conversation_id="conv", question="Where is it?"))
    ledger.customers.report([HELD])
    assert looked(ledger) == {"returned": 1}
    assert looked(ledger) == {}
    found = the_file(ledger, RETURNED)
    told = found.failure
    assert (told.customer_id, told.response_id, told.trace_id) == (CUSTOMER, "r", "ab" * 16)
    assert (told.conversation_id, told.text, told.occurred_at) == ("conv", "Where is it?", after(1))
    assert (found.state.counted, found.state.detected_by, found.state.cause) == (True, "guard", "context")
    assert found.events[0].data["not_fresh"] == ["open_case"]


@pytest.mark.parametrize("level", StoreText)
def test_it_is_found_however_little_text_is_kept(ledger_url: str, level: StoreText) -> None:
    like_a_number = "cxr-a1234567bcdefabcdefabcde"  # one id in four looks like somebody's
    with Ledger.open(ledger_url, store_text=level) as ledger:
        ledger.record(account_answer(like_a_number, 1))
        ledger.customers.report([HELD])
        assert looked(ledger) == {"returned": 1}
        found = the_file(ledger, RETURNED)
    assert found.failure.response_id == like_a_number
    assert (found.events[0].data["not_fresh"], found.state.cause) == (["open_case"], "context")


def test_the_customers_case_is_named(ledger: Ledger) -> None:
    ledger.escalate(case("CX-2222-2222", 0))
    ledger.record(account_answer("r", 1))
    ledger.customers.report(
        [contact("tel-1", "escalated", 0, ref="CX-2222-2222", received_at=datetime.now(UTC))]
    )
    looked(ledger)
    assert the_file(ledger, RETURNED).failure.case_ref == "CX-2222-2222"


def test_where_people_held_nothing_after_all_it_is_dismissed_and_counts_no_more(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 5))
    ledger.customers.report([HELD])
    looked(ledger)
    ledger.customers.report([contact("late", "closed", 2, received_at=datetime.now(UTC))])
    assert looked(ledger) == {"withdrawn": 1}
    state = the_file(ledger, RETURNED).state
    assert (state.status, state.counted) == ("dismissed", False)
    assert looked(ledger) == {}


def test_what_is_noted_anew_counts_again(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 5))
    ledger.customers.report([HELD])
    looked(ledger)
    ledger.customers.report([contact("late", "closed", 2, received_at=datetime.now(UTC))])
    looked(ledger)
    ledger.customers.report([contact("later", "reopened", 3, received_at=datetime.now(UTC))])
    assert looked(ledger) == {"returned": 1}
    assert the_file(ledger, RETURNED).state.counted
    assert looked(ledger) == {}


def test_what_retention_removes_is_not_taken_for_withdrawn(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 1))
    ledger.customers.report([HELD, contact("over", "closed", 2, received_at=datetime.now(UTC))])
    looked(ledger)
    ledger.purge(after(1.5))
    assert looked(ledger, kept_since=after(1.5)) == {}
    assert the_file(ledger, RETURNED).state.counted


def test_a_look_finds_only_what_came_since(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 1))
    ledger.customers.report([HELD])
    assert looked(ledger, since=datetime.now(UTC) + timedelta(hours=1)) == {}
    assert looked(ledger, since=LONG_AGO, tenant="acme") == {}
    assert files(ledger) == []
