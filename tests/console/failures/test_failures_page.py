"""The pages *Failures*: what is open comes first, and one is followed from the message until its customer is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import RunningProxy, StartProxy, running_proxy
from console.failures.told_failures import TRACE, ago, happened, hostile, promise_of_90_days, readable
from selenium.webdriver.common.keys import Keys
from support.browser import PAYLOAD, Browser
from support.customers import contact
from support.people import console_client, signed_in_as
from support.recorded import NOW

from proxy.access.people.roles import Role
from proxy.ledger.failures.records import Failure
from proxy.ledger.ledger import Ledger

JAEGER = "https://jaeger.example"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """A proxy with a few failures of several customers, one of them full of what would do harm if it ran."""
    options = {"jaeger_url": JAEGER}
    with running_proxy(tmp_path_factory.mktemp("failures"), console=options) as running:
        with running.ledger() as ledger:
            fill(ledger)
        yield running


def fill(ledger: Ledger) -> None:
    promise_of_90_days(ledger)
    promise_of_90_days(ledger, readable("again"), customer_id="C-2")
    late = Failure("late", "late_handover", ago(days=2), customer_id="C-3", case_ref="CX-7K3F-92QD")
    ledger.failures.tell(late, happened("detected", ago(days=2), source="audit", severity="low"))
    ledger.failures.tell(
        Failure("maybe", "wrong_claim", ago(days=1), text="They told me 90 days."),
        happened("proposed", ago(hours=20), source="customer"),
    )
    skewed = Failure("skewed", "broken_promise", ago(days=3), customer_id="C-4")
    ledger.failures.tell(skewed, happened("detected", ago(days=4), source="customer"))
    ledger.failures.tell(
        Failure("foreign", "wrong_claim", ago(days=1), text="Of another tenant", tenant="acme"),
        happened("detected", ago(hours=1), source="audit"),
    )
    hostile(ledger)


def whole_course(ledger: Ledger) -> str:
    """A failure that was followed to its end."""
    failure_id = promise_of_90_days(ledger)
    for step, days, values in (
        ("contained", 3, {"rule": "no-90-days", "note": "A rule says so now."}),
        ("corrected", 2, {"how": "told", "note": "Called them."}),
        ("restored", 1, {"how": "confirmed", "note": "They thanked us."}),
    ):
        ledger.failures.add(failure_id, happened(step, ago(days=days), actor="Ana", **values))
    told = contact("call", "complaint", customer_id="C-1", text="You said 90 days!", hours=0)
    ledger.customers.report([replace(told, at=ago(days=4))])
    return failure_id


def test_what_is_open_is_listed_the_most_severe_first_and_one_is_opened_by_keyboard(
    filled: RunningProxy, browser: Browser
) -> None:
    browser.sign_in(filled, Role.VIEWER)
    browser.open("/console/failures")
    assert "Of another tenant" not in browser.text and "They told me 90 days." not in browser.text
    severities = [one.text for one in browser.all("tbody td[data-label=Severity]")]
    assert severities[:4] == ["high", "high", "medium", "low"]  # last comes what nobody knows
    browser.expect_accessible("failures")
    browser.tab_to("#show")
    browser.press("proposed")
    browser.tab_to("form[action='/console/failures'] button")
    browser.press(Keys.ENTER)
    browser.wait_for_text("1 failure, newest first")
    assert "They told me 90 days." in browser.text
    browser.tab_to("td a")
    browser.press(Keys.ENTER)
    browser.wait_for_text("What is missing next")
    assert "accept it, or dismiss it" in browser.text
    assert browser.complaints() == []


def see_it_as_it_was_known_at_first(browser: Browser, proxy: RunningProxy, failure_id: str) -> None:
    """What the ledger learned later is not there; nor is what somebody could say now."""
    with proxy.ledger() as ledger:
        file = ledger.failures.file(failure_id)
    assert file is not None and file.events[0].known_at is not None
    at = file.events[0].known_at.replace(tzinfo=None).isoformat()
    browser.open(f"/console/failures/{failure_id}?known_at={at}")
    assert [one.text for one in browser.all("ol.path h3")] == ["It reached the customer", "Found"]
    shown = browser.text
    assert "nothing that it learned later" in shown and "and counting: not yet contained" in shown
    for later in ("What is missing next", "You said 90 days!", "What happened since?"):
        assert later not in shown
    browser.expect_accessible("failure-as-known")
    browser.open(f"/console/failures/{failure_id}?known_at=2020-01-01T00:00")
    assert "The ledger learned of this failure on" in browser.text
    browser.open(f"/console/failures/{failure_id}?known_at=soon")
    assert '"soon" is no time' in browser.text


def test_a_failure_is_followed_from_the_message_until_the_customer_is_whole(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy(console={"jaeger_url": JAEGER})
    with proxy.ledger() as ledger:
        failure_id = whole_course(ledger)
    browser.sign_in(proxy, Role.VIEWER)
    browser.open(f"/console/failures/{failure_id}")
    headings = [one.text for one in browser.all("ol.path h3")]
    assert headings == [
        "It reached the customer",
        "Found",
        "Contained: no more customers are hit",
        "Put right with the customer: the customer was told the truth",
        "The customer is whole again: the customer confirmed it",
    ]
    shown = browser.text
    for told in (
        "Can I claim the bereavement fare after my trip?",
        "You can claim it within 90 days.",
        "90 days / not after travel",
        "Found by the customer.",
        "6 days after it reached the customer",
        "the ledger learned of it 4 days later",
        "120.00 CAD",
        "1 customer with 1 answer",
        "You said 90 days!",
        "no-90-days",
        "They thanked us.",
        "Write down what it teaches.",
    ):
        assert told in shown, told
    assert "9 days" in browser.find(".tiles").text
    trace = f"a[href='{JAEGER}/trace/{TRACE}']"
    assert browser.find(trace).text == "the answer’s, in Jaeger"
    assert browser.find(f"a[href='/console/answers/{readable('moffatt')}']")
    searched = parse_qs(urlsplit(browser.find("a[href*='/search?']").get_attribute("href") or "").query)
    assert json.loads(searched["tags"][0]) == {"cxai.failure.ref": failure_id}
    assert searched["service"] == ["cxai-proxy"]
    browser.expect_accessible("failure")
    browser.find(f"a[href='/console/answers/{readable('moffatt')}']").click()
    browser.wait_for_text("A failure came of it")
    browser.find(f"a[href='/console/failures/{failure_id}']").click()
    browser.wait_for_text("What is missing next")
    see_it_as_it_was_known_at_first(browser, proxy, failure_id)
    assert browser.complaints() == []


def test_where_clocks_disagree_no_time_is_told(filled: RunningProxy, browser: Browser) -> None:
    browser.sign_in(filled, Role.VIEWER)
    browser.open("/console/failures?customer=C-4")
    assert "clocks disagree" in browser.text and "cannot be told" in browser.text
    browser.find("td a").click()
    assert "some clock was wrong" in browser.text
    assert "after it reached the customer" not in browser.text
    assert {one.text for one in browser.all(".tiles strong")} == {"–"}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("kind=late_handover", ["CX"]),
        ("incident=recall+RC-1&severity=high", ["moffatt", "again"]),
        ("show=dismissed", []),
        ("cause=rule", []),
        ("author=human", []),
        ("show=all&customer=C-2", ["again"]),
    ],
)
def test_the_list_is_narrowed(query: str, told: list[str], filled: RunningProxy) -> None:
    with filled.ledger() as ledger, console_client(filled.url, signed_in_as(ledger, Role.VIEWER)) as client:
        page = client.get(f"/console/failures?{query}").text
    found = page.count('data-label="Severity"')
    assert found == len(told)
    assert ("Take something out" in page) is not found


@pytest.mark.parametrize("path", ["/console/failures?show=all", "hostile"])
def test_what_customers_models_and_other_systems_say_is_text(
    path: str, filled: RunningProxy, browser: Browser
) -> None:
    if path == "hostile":
        with filled.ledger() as ledger:
            path = f"/console/failures/{hostile(ledger)}"
    browser.sign_in(filled, Role.LEAD, name=PAYLOAD)
    browser.open(path)
    assert "<script>window.hacked=1</script>" in browser.text
    browser.expect_nothing_ran()


@pytest.mark.parametrize(
    "query", ['customer="><svg onload=window.hacked=1>', "incident=<script>window.hacked=1</script>"]
)
def test_what_is_searched_for_is_text(query: str, filled: RunningProxy, browser: Browser) -> None:
    browser.sign_in(filled, Role.VIEWER)
    browser.open(f"/console/failures?{query}")
    assert "No failure fits all of this." in browser.text
    browser.expect_nothing_ran()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("kind=nothing", 400),
        ("show=later", 400),
        ("order=random", 400),
        ("after=nowhere", 400),
        ("after=0001-01-01T00:00:00%2B23:00~high~x", 400),
        ("customer=" + "x" * 201, 400),
        ("show=all&order=urgent", 200),
        ("customer=%00", 404),
    ],
)
def test_an_address_that_asks_for_nothing_real_is_told_so(
    query: str, status: int, filled: RunningProxy
) -> None:
    with filled.ledger() as ledger, console_client(filled.url, signed_in_as(ledger, Role.VIEWER)) as client:
        assert client.get(f"/console/failures?{query}").status_code == status


def test_a_failure_of_another_tenant_is_none(filled: RunningProxy) -> None:
    with filled.ledger() as ledger, console_client(filled.url, signed_in_as(ledger, Role.ADMIN)) as client:
        foreign, _ = ledger.failures.tell(Failure("theirs", "wrong_claim", NOW, tenant="acme"))
        for path in (foreign, "FL-2222-2222-2222", "..%2F.."):
            assert client.get(f"/console/failures/{path}").status_code in (404, 405)


def test_a_long_list_goes_on_page_by_page(start_proxy: StartProxy) -> None:
    proxy, seen = start_proxy(), list[str]()
    with proxy.ledger() as ledger:
        for number in range(55):
            one = Failure(f"f{number}", "broken_promise", NOW - timedelta(hours=number + 1))
            ledger.failures.tell(
                one, happened("detected", NOW, source="audit", severity="low" if number % 3 else "high")
            )
        with console_client(proxy.url, signed_in_as(ledger, Role.VIEWER)) as client:
            page = client.get("/console/failures").text
            seen += names_in(page)
            further = page.split('href="/console/failures?', 2)
            query = next(part.split('"')[0] for part in further if "after=" in part[:200])
            seen += names_in(client.get("/console/failures?" + query.replace("&amp;", "&")).text)
    assert len(seen) == len(set(seen)) == 55


def names_in(page: str) -> list[str]:
    return [part[:17] for part in page.split('href="/console/failures/FL')[1:]]


def test_where_there_is_nothing_the_page_does_not_call_that_good(
    start_proxy: StartProxy, browser: Browser
) -> None:
    browser.sign_in(start_proxy(), Role.VIEWER)
    browser.open("/console/failures")
    assert "Failures that nobody has found yet are not here." in browser.text
    browser.open("/console/failures?show=all")
    assert "or that nobody has looked" in browser.text
    browser.expect_accessible("failures-none")
