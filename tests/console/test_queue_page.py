"""The queue in a real browser, live while others work, and with ten thousand cases in it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from console.case.escalated import ROUTE, escalate
from selenium.webdriver.common.keys import Keys
from sqlalchemy import create_engine, insert, update
from support.browser import NARROW, Browser
from support.people import add_person, console_client, csrf_in, session_token, signed_in_as

from proxy.access.people.roles import Role
from proxy.console.queue import feed
from proxy.ledger.desk.records import Routing
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord
from proxy.ledger.schema import desk_cases, escalations

NOW = datetime.now(UTC)
TOPICS = ("Bereavement fares", "Refunds", "Baggage", "Loyalty")
RISKS = ("high", "medium", "low")


def case(number: int, **more: object) -> EscalationRecord:
    told: dict[str, object] = {
        "ref": f"CX-{number:04d}-AAAA",
        "response_id": f"cxr-{number}",
        "dedup_key": f"turn {number}",
        "reason": "SECRET the policy rules this out",
        "created_at": NOW - timedelta(minutes=number + 1),
        "question": f"Question {number}",
        "customer_id": f"customer-{number}",
        "route": "airline",
    }
    return EscalationRecord(**{**told, **more})  # type: ignore[arg-type]


def put_in_queue(ledger: Ledger, url: str, number: int, *, topic: str, risk: str, due_in: timedelta) -> str:
    ref = ledger.escalate(case(number)).ref
    change = {"topic": topic, "risk": risk, "due_at": datetime.now(UTC) + due_in}
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(update(desk_cases).where(desk_cases.c.ref == ref).values(change))
    engine.dispose()
    return ref


@pytest.fixture
def filled(start_proxy: StartProxy) -> Iterator[tuple[RunningProxy, list[str]]]:
    """Three cases: the oldest is of low risk and has time, the newest is past due."""
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        place = proxy.database_url
        refs = [
            put_in_queue(ledger, place, 1, topic="Baggage", risk="medium", due_in=timedelta(minutes=-5)),
            put_in_queue(ledger, place, 2, topic="Refunds", risk="high", due_in=timedelta(hours=3)),
            put_in_queue(ledger, place, 3, topic="Refunds", risk="low", due_in=timedelta(hours=2)),
        ]
    yield proxy, refs


def shown(browser: Browser) -> list[str]:
    return [one.text for one in browser.all("tbody th a")]


def test_an_empty_queue_says_so(start_proxy: StartProxy, browser: Browser) -> None:
    proxy = start_proxy()
    browser.sign_in(proxy, Role.REVIEWER)
    browser.open("/console/queue")
    assert "No case waits." in browser.text
    browser.open("/console/queue?show=mine")
    assert "You hold no case." in browser.text
    browser.open("/console/queue?show=due")
    assert "Nothing is about to breach." in browser.text
    browser.open("/console/queue?topic=Nothing&order=none&show=all&after=no-such-place")
    assert "No case fits." in browser.text


def test_cases_come_by_what_is_due_by_risk_age_and_topic(
    filled: tuple[RunningProxy, list[str]], browser: Browser
) -> None:
    proxy, (baggage, high, low) = filled
    browser.sign_in(proxy, Role.VIEWER)
    for address, expected in {
        "": [baggage, low, high],
        "?order=risk": [high, baggage, low],
        "?order=age": [low, high, baggage],
        "?order=newest": [baggage, high, low],
        "?topic=Refunds": [low, high],
        "?show=due": [baggage],
    }.items():
        browser.open(f"/console/queue{address}")
        assert shown(browser) == expected, address
    assert re.search(r"\b\d minutes past due", browser.text)
    assert (
        "SECRET" not in browser.driver.page_source
    )  # why it was handed over is told after the reviewer has judged
    browser.open("/console/queue")
    browser.expect_accessible("queue")
    browser.expect_nothing_ran()


def test_on_a_phone_all_of_a_case_is_seen_without_scrolling_sideways(
    filled: tuple[RunningProxy, list[str]], browser: Browser
) -> None:
    proxy, _ = filled
    browser.sign_in(proxy, Role.VIEWER)
    browser.resize(NARROW)
    browser.open("/console/queue")
    cells = "return [...document.querySelectorAll('tbody td')].map(one => one.getBoundingClientRect().right)"
    places = browser.driver.execute_script(cells)
    assert len(places) == 18 and max(places) <= NARROW[0]
    names = "return [...document.querySelectorAll('tbody td')].map(one => getComputedStyle(one, '::before').content)"
    assert {'"Topic: "', '"Risk: "', '"Due: "'} <= set(browser.driver.execute_script(names))


def test_who_goes_through_many_lists_waits_for_none(start_proxy: StartProxy, browser: Browser) -> None:
    """Each page listens for changes, and a browser keeps six connections at most."""
    proxy = start_proxy()
    browser.sign_in(proxy, Role.VIEWER)
    addresses = [
        f"/console/queue?show={show}&order={order}"
        for show in ("all", "due")
        for order in ("risk", "age", "newest", "due")
    ]
    began = time.monotonic()
    for address in addresses:
        browser.open(address)
    assert time.monotonic() - began < 20
    browser.driver.back()
    browser.wait_for_text("Queue")
    assert browser.complaints() == []


def test_a_long_queue_goes_on_page_by_page_without_a_gap(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        token = signed_in_as(ledger, Role.VIEWER)
    fill(proxy.database_url, 120)
    with console_client(proxy.url, token) as client:
        for order in ("due", "risk", "age", "newest"):
            address, seen = f"/console/queue?order={order}", []
            while address:
                text = client.get(address).text
                seen += [part.split('"')[0] for part in text.split('id="case-')[1:]]
                _, found, rest = text.partition('<p><a href="/console/queue?')
                address = "/console/queue?" + rest.split('"')[0].replace("&amp;", "&") if found else ""
            assert len(seen) == len(set(seen)) == 120, order


def test_the_case_that_is_due_first_is_taken_by_keyboard_and_is_mine(
    filled: tuple[RunningProxy, list[str]], browser: Browser
) -> None:
    proxy, (baggage, _, _) = filled
    browser.sign_in(proxy, Role.REVIEWER)
    browser.open("/console/queue")
    browser.tab_to("form[action='/console/queue/take'] button")
    browser.press(Keys.ENTER)
    browser.wait_for_text("You hold this case")
    assert browser.path == f"/console/cases/{baggage}"
    browser.open("/console/queue?show=mine")
    assert shown(browser) == [baggage] and "held by you" in browser.text
    browser.sign_in(proxy, Role.REVIEWER, name="Bo Other")
    browser.open(f"/console/cases/{baggage}")
    assert "Ada Example holds this case" in browser.text
    assert browser.all("main form") == []


def test_who_may_only_read_takes_nothing(filled: tuple[RunningProxy, list[str]], browser: Browser) -> None:
    proxy, (baggage, _, _) = filled
    browser.sign_in(proxy, Role.VIEWER)
    browser.open("/console/queue")
    assert browser.all("main form[method=post]") == []
    with proxy.ledger() as ledger:
        token = signed_in_as(ledger, Role.VIEWER)
    with console_client(proxy.url, token) as client:
        csrf = client.get("/console/account").text.partition('name="csrf" value="')[2].partition('"')[0]
        for path in ("/console/queue/take", f"/console/cases/{baggage}/claim"):
            assert client.post(path, data={"csrf": csrf}).status_code == 403
        assert client.post(f"/console/cases/{baggage}/claim").status_code == 403  # nor without the token


def test_only_members_take_a_queues_cases(start_proxy: StartProxy) -> None:
    members = "queues:\n  - {name: bereavement, topics: airline/*, members: [maria@example.com]}\n"
    proxy = start_proxy(policies=members)
    with proxy.ledger() as ledger:
        ref = ledger.escalate(case(1), routing=Routing("bereavement")).ref
        stranger = signed_in_as(ledger, Role.ADMIN)
        maria = session_token(ledger, add_person(ledger, Role.REVIEWER, email="maria@example.com"))
    with console_client(proxy.url, stranger) as client:
        csrf = csrf_in(client.get("/console/account"))
        assert client.post("/console/queue/take", data={"csrf": csrf}).status_code == 409
        refused = client.post(f"/console/cases/{ref}/claim", data={"csrf": csrf})
        assert refused.status_code == 403 and "names its members" in refused.text
    with console_client(proxy.url, maria) as client:
        taken = client.post("/console/queue/take", data={"csrf": csrf_in(client.get("/console/account"))})
        assert taken.headers["location"] == f"/console/cases/{ref}"


def test_another_tenants_cases_are_not_there(filled: tuple[RunningProxy, list[str]]) -> None:
    proxy, (baggage, _, _) = filled
    with proxy.ledger() as ledger:
        other = ledger.escalate(case(9, tenant="other")).ref
        token = signed_in_as(ledger, Role.ADMIN)
    with console_client(proxy.url, token) as client:
        assert other not in client.get("/console/queue").text
        assert client.get(f"/console/cases/{other}").status_code == 404
        assert client.get(f"/console/cases/{baggage}").status_code == 200


def test_a_claim_is_seen_in_a_second_browser_by_itself(
    filled: tuple[RunningProxy, list[str]], browser: Browser
) -> None:
    proxy, (baggage, _, _) = filled
    browser.sign_in(proxy, Role.REVIEWER)
    browser.open("/console/queue")
    browser.tab_to(f"#case-{baggage}")
    with proxy.ledger() as elsewhere:  # as another worker would
        elsewhere.desk.claim(baggage, actor="somebody", name="Bo Other")
        browser.wait_for_text("held by Bo Other")
        assert browser.driver.switch_to.active_element.get_attribute("id") == f"case-{baggage}"
        elsewhere.escalate(case(4))
        browser.wait_for_text("CX-0004-AAAA")
    assert browser.complaints() == []


async def test_one_person_cannot_hold_any_number_of_streams_open() -> None:
    watching = feed.ChangeFeed(lambda tenant: 1, every_s=0.01)
    pages = [watching.changes("default", 0, person="ada") for _ in range(feed.MOST_PAGES)]
    for page in pages:
        assert await anext(page) == 1
    assert not watching.has_room("ada") and watching.has_room("bo")
    for page in pages:
        await page.aclose()  # type: ignore[attr-defined]
        assert watching.has_room("ada")
    assert watching.watched == 0


def test_a_proxy_in_front_is_told_to_pass_changes_on_as_they_come(
    filled: tuple[RunningProxy, list[str]],
) -> None:
    proxy, _ = filled
    with proxy.ledger() as ledger:
        token = signed_in_as(ledger, Role.VIEWER)
    with (
        console_client(proxy.url, token) as client,
        client.stream("GET", "/console/queue/changes") as changes,
    ):
        assert changes.headers["content-type"].startswith("text/event-stream")
        assert changes.headers["x-accel-buffering"] == "no"


def test_a_page_too_many_is_told_so(
    filled: tuple[RunningProxy, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, _ = filled
    monkeypatch.setattr(feed, "MOST_PAGES", 0)
    with proxy.ledger() as ledger:
        token = signed_in_as(ledger, Role.VIEWER)
    with console_client(proxy.url, token) as client:
        assert client.get("/console/queue/changes").status_code == 429
        assert client.get("/console/queue").status_code == 200


@pytest.mark.alone
def test_a_claim_is_seen_in_a_second_browser_within_a_second(
    filled: tuple[RunningProxy, list[str]], browser: Browser
) -> None:
    proxy, refs = filled
    browser.sign_in(proxy, Role.REVIEWER)
    browser.open("/console/queue")
    time.sleep(1)  # the stream of changes is open by then
    took = []
    with proxy.ledger() as elsewhere:
        for ref in refs:
            began = time.monotonic()
            elsewhere.desk.claim(ref, actor="somebody", name=f"Bo {ref}")
            browser.wait_for_text(f"held by Bo {ref}")
            took.append(time.monotonic() - began)
    assert sorted(took)[1] <= 1.0, took


@pytest.mark.alone
def test_ten_thousand_open_cases_are_shown_within_a_tenth_of_a_second(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        token = signed_in_as(ledger, Role.REVIEWER)
    fill(proxy.database_url, 10_000)
    with console_client(proxy.url, token) as client:
        for order in ("due", "risk", "age", "newest"):
            # A proxy that has just started reads libraries beside: for seconds, and one of the rounds is free of it.
            rounds = [p95_of_queue(client, order) for _ in range(3)]
            print(f"{order}: p95 {', '.join(f'{p95 * 1000:.0f}' for p95 in rounds)} ms")
            assert min(rounds) <= 0.1


def p95_of_queue(client: httpx.Client, order: str) -> float:
    """Seconds, of 22 requests."""
    took = []
    for number in range(24):
        address = f"/console/queue?order={order}" + ("&topic=Refunds" if number % 2 else "")
        began = time.perf_counter()
        answer = client.get(address)
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200 and answer.text.count('id="case-') == 50
    return sorted(took[2:])[-2]


def fill(url: str, count: int) -> None:
    """So many open cases, the quick way. None is late: each would be a failure, found while it is shown."""
    rows = [
        {
            "ref": f"CX-{number:05d}-ZZ",
            "response_id": f"cxr-{number}",
            "dedup_key": f"turn {number}",
            "reason": "the policy rules out this case",
            "created_at": NOW - timedelta(seconds=17 * number),
            "conversation_id": f"conversation-{number}",
            "customer_id": f"customer-{number}",
            "route": "airline",
            "store_text": "full",
            "question": f"Question {number}: may I have the fare back that I paid for my journey, and by when?",
            "blocked_text": "You can have it back within 90 days after the journey. " * 4,
            "tenant": "default",
        }
        for number in range(count)
    ]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(escalations), rows)
        for place, topic in enumerate(TOPICS):
            change = {"topic": topic, "risk": RISKS[place % 3], "due_at": NOW + timedelta(hours=1 + place)}
            chosen = desk_cases.c.ref.like(f"%{place}-ZZ") | desk_cases.c.ref.like(f"%{place + 5}-ZZ")
            connection.execute(update(desk_cases).where(chosen).values(change))
    engine.dispose()


def test_an_escalated_answer_comes_up_by_itself(start_proxy: StartProxy, browser: Browser) -> None:
    proxy = start_proxy(policies=ROUTE)
    browser.sign_in(proxy, Role.REVIEWER)
    browser.open("/console/queue")
    assert "No case waits." in browser.text
    ref = escalate(proxy)
    browser.wait_for_text(ref)
