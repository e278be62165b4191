"""The page *Lead*: what customers lived through stands beside the usual numbers, and people beside the chatbot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import RunningProxy, StartProxy, running_proxy
from console.failures.told_failures import happened
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from support.browser import PAYLOAD, Browser
from support.command_line import Cxai, cxai
from support.people import console_client, signed_in_as
from support.recorded import recorded_decision

from proxy.access.people.roles import Role
from proxy.commands.report_month import month_of
from proxy.console.lead.lived import failures_address
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Routing, Taken
from proxy.ledger.failures.records import Failure
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord, PolicyChange

__all__ = ["cxai"]  # a fixture
NOW = datetime.now(UTC)
RETURNED = 12


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """A month in which the usual numbers are well, and customers with open cases went back to automation."""
    with running_proxy(tmp_path_factory.mktemp("lived")) as proxy:
        with proxy.ledger() as ledger:
            fill(ledger)
        yield proxy


def fill(ledger: Ledger) -> None:
    both_answered(ledger, 12)
    for number in range(60):
        ledger.record(recorded_decision(f"usual{number}", ago=timedelta(hours=number)))
    for number in range(RETURNED):
        at = NOW - timedelta(days=5, hours=number)
        told = Failure(
            f"back{number}",
            "returned_to_automation",
            at,
            customer_id=f"C-{number}",
            incident="the CRM’s flag",
        )
        found = happened("detected", NOW - timedelta(hours=number + 1), source="audit", severity="high")
        ledger.failures.tell(told, found)
    last = ledger.policy_changes.latest("default")
    change = PolicyChange(
        at=NOW - timedelta(days=1),
        version="p-2",
        previous=last.version if last else None,
        author=PAYLOAD,
        summary={"added": [PAYLOAD]},
        tenant="default",
    )
    assert ledger.policy_changes.add(change)


def both_answered(ledger: Ledger, number: int) -> None:
    """So many hard questions answered by the chatbot at once, and as many by people after hours."""
    hard = {"about_account": True}
    for one in range(number):
        ago = timedelta(days=20, minutes=one)
        ledger.record(recorded_decision(f"ai{one}", ago=ago, customer_id=f"A-{one}", request=hard))
        asked = recorded_decision(
            f"handed{one}", ago=ago, customer_id=f"P-{one}", request=hard, decision="escalate"
        )
        ledger.record(asked)
        ref = f"CX-2222-{one:04d}"
        case = EscalationRecord(
            ref, asked.response_id, ref, "why", asked.created_at, customer_id=asked.customer_id
        )
        ledger.escalate(case, routing=Routing(topic="telecom/billing"))
        ledger.desk.take(Taken(ref, Step.CLAIM, "ana", lease_s=60))
        ledger.desk.take(Taken(ref, Step.ANSWER, "ana", answer=NewAnswer("It is so.", verified=True)))


def shown(browser: Browser, proxy: RunningProxy, path: str = "/console/lead") -> str:
    browser.sign_in(proxy, Role.LEAD)
    browser.open(path)
    come_apart(browser)
    return browser.text


def come_apart(browser: Browser) -> None:
    """Wait for what a process of its own tells."""
    patient = WebDriverWait(browser.driver, 180, ignored_exceptions=[Exception])
    patient.until(lambda _: "Where the two come apart" in browser.text)


def test_the_usual_numbers_stand_beside_what_customers_lived_through(
    lived: RunningProxy, browser: Browser
) -> None:
    text = shown(browser, lived)
    assert f"{RETURNED} customers with open complaints were sent back to automation" in text
    assert "to detection" in text and "approval" in text.lower()
    usual, customers = browser.find("#usual"), browser.find("#lived-heading")
    assert usual.rect["x"] < customers.rect["x"] and abs(usual.rect["y"] - customers.rect["y"]) < 5
    assert "window.hacked" in browser.find("#changes + ol").text
    loaded = "arguments[0].loading = 'eager'; return arguments[0].naturalWidth"
    picture = browser.find("#lived .chart img")
    assert browser.wait(lambda: browser.driver.execute_script(loaded, picture)) > 200
    browser.expect_nothing_ran()
    browser.expect_accessible("lead-lived")


def test_a_time_is_chosen_and_a_sentence_followed_to_its_failures_with_the_keyboard_alone(
    lived: RunningProxy, browser: Browser
) -> None:
    browser.sign_in(lived, Role.LEAD)
    browser.open("/console/lead")
    browser.tab_to("#days")
    browser.press("3", Keys.TAB, Keys.ENTER)
    browser.wait(lambda: browser.path == "/console/lead?days=30")
    come_apart(browser)
    browser.tab_to(".findings a")
    browser.press(Keys.ENTER)
    browser.wait_for_text("newest first")
    assert browser.path.startswith("/console/failures?show=all&kind=returned_to_automation&since=")
    assert f"{RETURNED} failures" in browser.text


def test_each_measure_says_what_it_is_where_one_asks(lived: RunningProxy, browser: Browser) -> None:
    shown(browser, lived)
    assert "How it is worked out" not in browser.text
    browser.tab_to(".explain")
    browser.press("\n")
    assert "How it is worked out" in browser.text
    browser.expect_accessible("lead-explained")


def test_no_share_stands_without_its_number_of_cases(lived: RunningProxy, browser: Browser) -> None:
    shown(browser, lived)
    told = [one.text for one in browser.all(".measures dd p, .measures dd li")]
    bare = [one for one in told if "%" in one and not re.search(r"\d+ (cases|of)|of \d", one)]
    assert told and bare == []


def test_the_chatbot_and_people_are_held_to_one_standard(lived: RunningProxy, browser: Browser) -> None:
    shown(browser, lived)
    browser.wait_for_text("both measured by the same rules")
    rows = {one.text.split("\n")[0]: one.text for one in browser.all("#one-standard table tbody tr")}
    soon = rows["Answered soon"]
    assert "72 of 72" in soon and "0.0% (0.0% to 24.2%), 0 of 12" in soon
    assert "people 0.0%: -100.0 points (-100.0 to -65.7), 12 and 12 cases" in soon
    assert rows["Accuracy"].count("no cases") == 2
    assert "no channel, topic and difficulty in which both answered" in rows["Recovery"]
    details = browser.find("#one-standard details")
    browser.driver.execute_script("arguments[0].open = true", details)
    assert "difficulty: hard" in details.text and "channel: chat" in details.text
    browser.expect_accessible("lead-one-standard")


def test_where_nothing_is_known_nothing_is_called_well(start_proxy: StartProxy, browser: Browser) -> None:
    text = shown(browser, start_proxy())
    assert "Nothing that is known of sets the two apart." in text
    assert "the detected share tells how much that is" in text
    browser.expect_accessible("lead-lived-empty")


def test_it_is_for_leads_and_for_the_days_that_are_offered(lived: RunningProxy) -> None:
    with lived.ledger() as ledger:
        for role, status in ((Role.REVIEWER, 403), (Role.VIEWER, 403)):
            with console_client(lived.url, signed_in_as(ledger, role)) as client:
                assert client.get("/console/lead/lived").status_code == status
                assert client.get("/console/lead/one-standard").status_code == status
                assert client.get("/console/lead/trend.svg").status_code == status
        with console_client(lived.url, signed_in_as(ledger, Role.LEAD)) as client:
            assert client.get("/console/lead/lived?days=2").status_code == 400


def test_the_month_is_one_file_that_asks_for_nothing(
    lived: RunningProxy, browser: Browser, cxai: Cxai, tmp_path: Path
) -> None:
    out, month = tmp_path / "month.html", f"{NOW - timedelta(days=6):%Y-%m}"
    done = cxai("report", "month", "--month", month, "--out", str(out), "--database-url", lived.database_url)
    assert done.status == 0 and str(out) in done.out, done.err
    page = out.read_text(encoding="utf-8")
    asked = re.findall(r"(?:src|srcset|href|action)=\"([^\"]*)\"", page)
    assert asked and all(one.startswith("data:") for one in asked)
    assert "<script" not in page.lower() and "@import" not in page
    browser.driver.get(out.as_uri())
    assert "What the measures mean" in browser.text and "sent back to automation" in browser.text
    assert "One standard for the chatbot and people" in browser.text and "Repeat contact" in browser.text
    assert browser.driver.execute_script("return document.images[0].naturalWidth") > 200
    assert browser.driver.execute_script("return window.hacked") is None
    browser.expect_accessible("report-month")


@pytest.mark.parametrize(
    ("month", "told"), [("2026-13", "is no month"), ("soon", "is no month"), ("9000-01", "has not begun yet")]
)
def test_a_month_that_is_none_is_told(month: str, told: str, lived: RunningProxy, cxai: Cxai) -> None:
    done = cxai("report", "month", "--month", month, "--database-url", lived.database_url)
    assert done.status == 2 and told in done.err


def test_each_month_ends_where_the_next_begins() -> None:
    now = datetime(2027, 1, 15, 9, tzinfo=UTC)
    since, until = month_of("2026-12", now)
    assert (since, until) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert month_of(None, now)[0] == until


def test_a_divergence_leads_only_where_a_list_shows_just_that() -> None:
    assert failures_address({}, "2026-03-01") == ""
    assert failures_address({"is_open": True}, "2026-03-01") == "/console/failures?show=open"
    told = failures_address({"status": "restored"}, "2026-03-01")
    assert told == "/console/failures?show=restored&since=2026-03-01"
