"""The page *Lead*: numbers side by side, each of them from what is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from conftest import StartProxy
from hypothesis import given
from hypothesis import strategies as st
from support.browser import PAYLOAD, Browser
from support.customers import case, contact
from support.people import console_client, signed_in_as
from support.recorded import recorded_decision

from proxy.access.people.roles import Role
from proxy.actions.waits import LEAST
from proxy.console.lead.numbers import numbers, waits_of
from proxy.ledger.ledger import Ledger

NOW = datetime.now(UTC)


def fill(ledger: Ledger) -> None:
    for number, decision in enumerate(["deliver"] * 6 + ["rewrite"] * 2 + ["escalate"]):
        ago = timedelta(minutes=1)
        ledger.record(recorded_decision(f"r{number}", decision=decision, ago=ago, verified=number != 0))
    ledger.record(recorded_decision("foreign", tenant="acme", ago=timedelta(minutes=1)))
    ledger.escalate(case("CX-2222-2222", question=PAYLOAD))


def test_numbers_stand_side_by_side(start_proxy: StartProxy, browser: Browser) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        fill(ledger)
    browser.sign_in(proxy, Role.LEAD)
    browser.open("/console/lead")
    tiles = " ".join(browser.find(".tiles").text.split())
    for told in ("1 case waits", "9 answers", "66.7% delivered", "11.1% handed", "11.1% not checked"):
        assert told in tiles, tiles
    assert "too few to tell" in browser.text
    assert "No sample has been drawn in this time" in browser.text
    loaded = "arguments[0].loading = 'eager'; return arguments[0].naturalWidth"
    picture = browser.find(".chart img")
    assert browser.wait(lambda: browser.driver.execute_script(loaded, picture)) > 200
    browser.expect_nothing_ran()
    browser.expect_accessible("lead")


def test_without_anything_recorded_no_number_is_made_up(start_proxy: StartProxy, browser: Browser) -> None:
    browser.sign_in(start_proxy(), Role.LEAD)
    browser.open("/console/lead?days=30")
    assert "Nobody waits." in browser.text and "No answers in this time." in browser.text
    assert "–" in browser.find(".tiles").text and "%" not in browser.find(".tiles").text
    browser.expect_accessible("lead-empty")


def test_it_is_for_leads(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        for role, status in (
            (Role.REVIEWER, 403),
            (Role.POLICY_OWNER, 403),
            (Role.LEAD, 200),
            (Role.ADMIN, 200),
        ):
            with console_client(proxy.url, signed_in_as(ledger, role)) as client:
                assert client.get("/console/lead").status_code == status
                assert client.get("/console/lead/days.svg").status_code == status
        with console_client(proxy.url, signed_in_as(ledger, Role.LEAD)) as client:
            assert client.get("/console/lead?days=2").status_code == 400


def test_days_count_what_happened_on_them(ledger_url: str) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with Ledger.open(ledger_url) as ledger:
        for number, (hours, decision) in enumerate(
            [(-36, "deliver"), (-13, "refuse"), (-12, "deliver"), (11, "deliver")]
        ):
            ledger.record(
                recorded_decision(
                    f"r{number}",
                    created_at=noon + timedelta(hours=hours),
                    decision=decision,
                    verified=number != 2,
                )
            )
        back = contact("back", "returned_to_automation", 1)
        ledger.customers.report([back])
        days = ledger.days("default", noon - timedelta(hours=36), noon + timedelta(hours=12))
    told = [
        (str(one.day), one.decided["deliver"], one.decided["refuse"], one.unchecked, one.returned)
        for one in days
    ]
    assert told == [
        ("2026-03-01", 1, 1, 0, 0),
        ("2026-03-02", 2, 0, 1, 1),
        ("2026-03-03", 0, 0, 0, 0),
    ]


@pytest.mark.parametrize("tenant", ["default", "acme"])
def test_a_tenants_numbers_are_its_own(tenant: str, ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        fill(ledger)
        found = numbers(ledger, tenant, NOW + timedelta(minutes=1), 7)
    assert (found.answers, found.unanswered) == ((9, 1) if tenant == "default" else (1, 0))


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_a_wait_is_told_from_enough_answers_or_not_at_all(seconds: list[int]) -> None:
    waits = waits_of([timedelta(seconds=one) for one in seconds])
    if len(seconds) < LEAST:
        assert waits is None
    else:
        assert waits is not None
        assert waits.low <= waits.median <= waits.high
