"""The leadership page's object: the usual numbers beside what customers lived through, and where they part."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.customers import answer
from support.failures import failure

from proxy.intervals import Rate
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Contact, PolicyChange
from proxy.recovery.measures.detected import Estimated
from proxy.recovery.measures.given import Given
from proxy.recovery.measures.lead import lead
from proxy.recovery.measures.period import read_period, whole_days
from proxy.recovery.measures.registry import MEASURES
from proxy.rules.recovery_options import BUILT_IN_RECOVERY

NOW = datetime.now(UTC)
QUIET = timedelta(days=14)
GIVEN = Given(
    estimated=Estimated(0.05, 0.03, 0.08, 300, 2000), approved=Rate(295, 299), audited=Rate(18, 20)
)  # fmt: skip


def story(ledger: Ledger) -> None:
    """A good fortnight by the usual numbers, in which 12 customers with open complaints went back to automation."""
    for day in range(10):
        at = NOW - timedelta(days=day, hours=1)
        for number in range(6):
            decision = "escalate" if number == 5 and day == 0 else "deliver"
            told = answer(f"r{day}-{number}", decision=decision, timings_ms={"judge": 30.0})
            ledger.record(_at(told, at))
    for number in range(12):
        at = NOW - timedelta(days=9, minutes=number)
        found = at + timedelta(days=6)
        told = failure(
            f"back {number}", kind="returned_to_automation", occurred_at=at, customer_id=f"c-{number}"
        )
        ledger.failures.tell(told, FailureEvent("found", "detected", found, "cxai", "customer"))
    for number in range(40):
        word = "asked" if number >= 15 else "yes" if number < 12 else "no"
        said = {"settled": word, "failure": f"FL-{number}"}
        told_at = NOW - timedelta(hours=2)
        contact = Contact(f"k{number}", f"c-{number}", "feedback", "chat", told_at, NOW, "chat", data=said)
        ledger.customers.report([contact])
    ledger.policy_changes.add(
        PolicyChange("default", NOW - timedelta(days=3), "p-2", None, "ana", {"changed": ["rules.yaml"]})
    )


def _at(record: Any, at: datetime) -> Any:
    return replace(record, created_at=at)


def shown(ledger: Ledger, given: Given = GIVEN, days: int = 14, tenant: str = "default") -> dict[str, Any]:
    period = read_period(ledger, tenant, whole_days(NOW, days), NOW, BUILT_IN_RECOVERY, QUIET, given)
    told: dict[str, Any] = json.loads(json.dumps(lead(ledger, period)))
    return told


def figures(told: dict[str, Any], place: str) -> dict[tuple[str, str | None, str], dict[str, Any]]:
    return {(one["measure"], one["of"], one["which"]): one for one in told[place]}


def test_green_numbers_and_customers_who_are_not(ledger: Ledger) -> None:
    story(ledger)
    told = shown(ledger)
    left, right = figures(told, "usual"), figures(told, "lived")
    assert left["volume", None, ""]["value"] == 60
    assert left["approval_rate", None, ""]["text"].startswith("98.7% (")
    assert left["automation_share", None, ""]["text"].startswith("98.3% (")
    assert right["failures", "returned_to_automation", ""]["value"] == 12
    assert right["detected_by_us", None, ""]["value"] == 0
    assert right["time_to_detect", None, "median"]["text"].startswith("6.0 days (")
    assert right["correction_accuracy", None, ""]["hits"] == 18
    assert right["confidence_restored", None, ""]["hits"] == 12
    assert right["confidence_response", None, ""]["text"].startswith("37.5% (")
    divergence = next(one for one in told["divergences"] if one["kind"] == "returned")
    assert divergence["text"] == (
        "Approval 98.7% of 299, yet 12 customers with open complaints were sent back to automation; "
        "median 6.0 days to detection."
    )
    assert len(divergence["failures"]) == 12 and divergence["which"] == {"kind": "returned_to_automation"}
    kinds = {one["kind"] for one in told["divergences"]}
    assert kinds == {"returned", "undetected", "customers_first", "overdue"}


def test_a_month_that_is_past_does_not_get_greener_the_later_it_is_told(ledger: Ledger) -> None:
    """A failure that was late when the period ended was late, though it has been put right since."""
    until = NOW - timedelta(days=10)
    late = failure("late", occurred_at=until - timedelta(days=8), customer_id="c-late")
    ledger.failures.tell(late, FailureEvent("found", "detected", until - timedelta(days=7), "cxai", "guard"))
    past = until - timedelta(days=30), until, BUILT_IN_RECOVERY, QUIET, GIVEN

    def told() -> tuple[list[str], dict[str, Any]]:
        found = json.loads(json.dumps(lead(ledger, read_period(ledger, "default", *past))))
        return [one["text"] for one in found["divergences"]], figures(found, "lived")

    before = told()
    assert any("past the target and not put right" in text for text in before[0])
    ledger.failures.tell(
        late, FailureEvent("put right", "corrected", until + timedelta(days=1), "ana", "agent")
    )
    assert told() == before


def test_each_divergence_rests_on_failures_that_are_there(ledger: Ledger) -> None:
    story(ledger)
    for one in shown(ledger)["divergences"]:
        assert one["usual"] in MEASURES and one["lived"] in MEASURES
        assert all(ledger.failures.file(name) is not None for name in one["failures"])
        assert one["count"] >= len(one["failures"])


def test_the_trend_adds_up_and_has_the_changes_marked(ledger: Ledger) -> None:
    story(ledger)
    told = shown(ledger)
    assert len(told["trend"]) == 14
    assert sum(one["answers"] for one in told["trend"]) == 60
    assert (
        sum(one["failures"] for one in told["trend"]) == sum(one["returned"] for one in told["trend"]) == 12
    )
    assert sum(one["detected"] for one in told["trend"]) == 12
    assert [(one["what"], one["text"], one["by"]) for one in told["changes"]] == [
        ("policies", "changed: rules.yaml", "ana")
    ]


def test_what_was_decided_about_candidates_is_among_the_changes(ledger: Ledger) -> None:
    ledger.canaries.begun("default", "next", "c-1", NOW - timedelta(days=2))
    ledger.canaries.stop("default", "next", by="bo", reason="its tone", now=NOW - timedelta(days=1))
    ledger.canaries.begun("acme", "other", "c-1", NOW - timedelta(days=1))
    assert [(one["what"], one["text"], one["by"]) for one in shown(ledger)["changes"]] == [
        ("candidate", "next begun", "cxai"),
        ("candidate", "next stopped: its tone", "bo"),
    ]


def test_without_the_guard_and_by_hand_are_counts(ledger: Ledger) -> None:
    story(ledger)
    told = shown(ledger)
    assert told["without_guard"]["escalate"] == 1 and "1 went to people" in told["without_guard"]["text"]
    assert told["by_hand"] == {"cases": 0, "answered": 0, "overridden": 0, "text": told["by_hand"]["text"]}


def test_every_figure_has_its_measure_and_its_words(ledger: Ledger) -> None:
    story(ledger)
    told = shown(ledger)
    for place in ("usual", "lived", "now"):
        for one in told[place]:
            assert one["text"] and one["measure"] in told["measures"]
            if one["unit"] == "share" and one["value"] is not None:
                assert one["n"] >= 10 and one["low"] <= one["value"] <= one["high"]
    named = {one["measure"] for place in ("usual", "lived", "now") for one in told[place]}
    assert set(MEASURES) - named <= {"blast_radius", "at_stake"}


def test_where_nothing_is_known_nothing_is_claimed(ledger: Ledger) -> None:
    told = shown(ledger, Given())
    assert told["divergences"] == [] and told["simulated"] is False
    for one in (*told["usual"], *told["lived"]):
        assert one["value"] in (None, 0.0), one
    assert figures(told, "lived")["detected_share", None, ""]["text"].startswith(
        "no cases; nobody has reviewed"
    )


def test_simulated_failures_are_said_to_be(ledger: Ledger) -> None:
    told = failure("one", occurred_at=NOW - timedelta(hours=1), simulated=True)
    ledger.failures.tell(told, FailureEvent("found", "detected", NOW, "cxai", "guard"))
    assert shown(ledger)["simulated"] is True
    assert shown(ledger, tenant="other")["simulated"] is False


@pytest.mark.parametrize(("amounts", "text"), [([100.0, 250.5], "350.50 EUR"), ([], None)])
def test_money_at_stake_is_that_of_open_failures(
    ledger: Ledger, amounts: list[float], text: str | None
) -> None:
    at = NOW - timedelta(hours=5)
    for number, amount in enumerate([*amounts, 7.0]):
        data = {"amount": amount, "currency": "EUR"}
        events = [FailureEvent("found", "detected", at, "cxai", "guard", data)]
        if number == len(amounts):  # over: it is no more at stake
            events += [
                FailureEvent(step, step, NOW, "ana", data={"how": "confirmed"})
                for step in ("corrected", "restored")
            ]
        ledger.failures.tell(failure(str(number), occurred_at=at), *events)
    found = figures(shown(ledger), "now").get(("at_stake", "EUR", ""))
    assert (found and found["text"]) == text
