"""A decision made on a fact that was out of date is a failure where the next fresh reading shows another value."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.detecting import looked, the_file
from support.recorded import recorded_decision

from proxy.ledger.ledger import Ledger


def fact(state: str, value: Any = None, age_s: float = 0.0, **more: Any) -> dict[str, Any]:
    told = {"state": state, "class": "required", "age_s": age_s, "source": "crm", **more}
    return {"open_case": told if value is None else {**told, "value": value}}


def decided(ledger: Ledger, response_id: str, hours_ago: float, facts: dict[str, Any], **more: Any) -> None:
    ledger.record(recorded_decision(response_id, facts=facts, ago=timedelta(hours=hours_ago), **more))


@pytest.mark.parametrize(
    ("before", "counted"),
    [(fact("stale", False), True), (fact("missing"), True), (fact("conflicting", False), True)],
)
def test_what_was_true_by_then_already_is_a_failure(
    ledger: Ledger, before: dict[str, Any], counted: bool
) -> None:
    decided(ledger, "r", 10, before, question=None)
    decided(ledger, "next", 9, fact("fresh", True, age_s=7_200), question=None)
    assert looked(ledger) == {"context": 1}
    found = the_file(ledger, "stale_context")
    assert found.failure.response_id == "r" and found.state.counted is counted
    assert found.state.cause == "context" and found.events[0].data["fact"] == "open_case"
    assert looked(ledger) == {}


def test_what_may_have_changed_since_is_only_proposed(ledger: Ledger) -> None:
    decided(ledger, "r", 10, fact("stale", False), question=None)
    decided(ledger, "next", 9, fact("fresh", True, age_s=60), question=None)
    looked(ledger)
    assert not the_file(ledger, "stale_context").state.counted


@pytest.mark.parametrize(
    ("before", "later", "more"),
    [
        (fact("stale", False), fact("fresh", False, 7_200), {}),
        (fact("missing"), fact("fresh", False, 7_200), {}),
        (fact("fresh", False), fact("fresh", True, 7_200), {}),
        (
            {"open_case": {**fact("stale", False)["open_case"], "class": "wanted"}},
            fact("fresh", True, 7_200),
            {},
        ),
        (fact("stale", False), fact("stale", True, 7_200), {}),
        (fact("stale", False), fact("fresh", True, 7_200), {"decision": "escalate"}),
        (fact("stale", False), fact("fresh", True, 7_200), {"customer_id": "C-2"}),
    ],
    ids=[
        "as it was",
        "nothing either way",
        "it was fresh",
        "not needed",
        "nor now",
        "escalated",
        "another's",
    ],
)
def test_what_changed_nothing_is_none(
    ledger: Ledger, before: dict[str, Any], later: dict[str, Any], more: dict[str, Any]
) -> None:
    decided(ledger, "r", 10, before, question=None, **more)
    decided(ledger, "next", 9, later, question=None)
    assert looked(ledger) == {}


def test_a_reading_much_later_tells_nothing(ledger: Ledger) -> None:
    decided(ledger, "r", 40, fact("stale", False), question=None)
    decided(ledger, "next", 10, fact("fresh", True, age_s=40 * 3600), question=None)
    assert looked(ledger) == {}
