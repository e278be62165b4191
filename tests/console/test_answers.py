"""The pages *Answers*: what passed is found, and one answer is read as the path of its decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from conftest import RunningProxy
from selenium.webdriver.common.keys import Keys
from support.browser import PAYLOAD, Browser
from support.people import console_client, signed_in_as
from support.recorded import claim, recorded_decision

from proxy.access.people.roles import Role
from proxy.console.answers.asked import asked
from proxy.console.problem import Problem

BLOCKED = claim(
    "You get 90 days.",
    0.12,
    "contradicted",
    action="rewrite",
    blocked_text="You get 90 days after your trip.",
    reason="90 days / not after travel",
)


@pytest.fixture(scope="module")
def filled(proxy: RunningProxy) -> Iterator[RunningProxy]:
    """A proxy with a few answers, one of them full of what would do harm if it ran."""
    with proxy.ledger() as ledger:
        ledger.record(recorded_decision("plain"))
        rules = [{"choice": None, "rule": "vip", "effect": "mark", "evaluated": True, "reason": "A VIP."}]
        ledger.record(
            recorded_decision(
                "moffatt",
                question="Can I claim the bereavement fare later?",
                claims=[claim("We are sorry."), BLOCKED],
                decision="rewrite",
                rules=rules,
                trace_id="0af7651916cd43dd8448eb211c80319c",
                versions={"corpus": "c-1", "policies": "p-1"},
                timings_ms={"model": 812.4},
                escalation_ref="CX-7K3F-92QD",
            )
        )
        ledger.record(hostile())
        ledger.record(recorded_decision("acme", tenant="acme", question="Of another tenant"))
    yield proxy


def hostile() -> Any:
    """Every text that comes from customers, models, tools or documents."""
    evil = claim(PAYLOAD, 0.3, "unsupported", reason=PAYLOAD, blocked_text=PAYLOAD, kind="policy")
    evil["evidence"] = [{"document": PAYLOAD, "section": PAYLOAD, "quote": PAYLOAD, "url": PAYLOAD}]
    fact = {"state": "fresh", "value": PAYLOAD, "source": PAYLOAD, "age_s": 3.0}
    return recorded_decision(
        "hostile",
        question=PAYLOAD,
        answer=PAYLOAD,
        claims=[evil],
        customer_id=PAYLOAD[:100],
        conversation_id=PAYLOAD,
        facts={PAYLOAD: fact},
        model=PAYLOAD,
        decision="escalate",
        request={"channel": PAYLOAD},
        rules=[{"choice": 0, "rule": PAYLOAD, "effect": "mark", "reason": PAYLOAD, "tool": PAYLOAD}],
        ago=timedelta(minutes=5),
    )


def test_answers_are_searched_and_one_is_opened_by_keyboard(filled: RunningProxy, browser: Browser) -> None:
    browser.sign_in(filled, Role.VIEWER)
    browser.open("/console/answers")
    assert "Of another tenant" not in browser.text
    browser.tab_to("#q")
    browser.press("bereavement", Keys.ENTER)
    browser.wait_for_text("1 answer, newest first")
    browser.tab_to("td a")
    browser.press(Keys.ENTER)
    browser.wait_for_text("Sentence by sentence")
    shown = browser.text
    for told in (
        "You get 90 days after your trip.",
        "90 days / not after travel",
        "CX-7K3F-92QD",
        "c-1",
        "812 ms",
        "vip",
    ):
        assert told in shown
    browser.expect_accessible("answer")
    assert browser.complaints() == []


def test_the_list_is_readable_for_all(filled: RunningProxy, browser: Browser) -> None:
    browser.sign_in(filled, Role.VIEWER)
    browser.open("/console/answers")
    browser.expect_accessible("answers")
    browser.open("/console/answers?document=telecom/billing&verdict=contradicted&when=all")
    assert "1 answer, newest first" in browser.text
    browser.expect_accessible("answers-narrowed")


def test_what_is_not_found_says_what_to_do(filled: RunningProxy, browser: Browser) -> None:
    browser.sign_in(filled, Role.VIEWER)
    browser.open("/console/answers?q=nothing+like+this")
    assert "Take something out" in browser.text
    browser.expect_accessible("answers-none")


@pytest.mark.parametrize("path", ["/console/answers?q=window.hacked", "/console/answers/hostile"])
def test_what_customers_models_and_documents_say_is_text(
    path: str, filled: RunningProxy, browser: Browser
) -> None:
    browser.sign_in(filled, Role.VIEWER)
    browser.open(path)
    assert "<script>window.hacked=1</script>" in browser.text
    browser.expect_nothing_ran()


def test_what_is_searched_for_is_text(filled: RunningProxy, browser: Browser) -> None:
    browser.sign_in(filled, Role.VIEWER)
    browser.open(
        '/console/answers?q="><script>window.hacked=1</script>&rule="><img src=x onerror=window.hacked=1>'
    )
    browser.expect_nothing_ran()


@pytest.mark.parametrize("path", ["acme", "nothing", "..%2F..", "%00"])
def test_an_answer_of_another_tenant_is_none(path: str, filled: RunningProxy) -> None:
    with filled.ledger() as ledger, console_client(filled.url, signed_in_as(ledger, Role.ADMIN)) as client:
        assert client.get(f"/console/answers/{path}").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("when=dates&since=2026-13-01", 400),
        ("when=soon", 400),
        ("decision=maybe", 400),
        ("after=nowhere", 400),
        ("after=0001-01-01T00:00:00%2B23:00~x", 400),
        ("q=" + "x" * 201, 400),
        ("when=dates&since=2020-01-01&until=2020-01-31", 200),
        ("when=dates&until=9999-12-31", 400),
        ("q=%00%22&customer=%00&unknown=1", 404),
    ],
)
def test_what_cannot_be_asked_is_told(query: str, status: int, filled: RunningProxy) -> None:
    with filled.ledger() as ledger, console_client(filled.url, signed_in_as(ledger, Role.VIEWER)) as client:
        assert client.get(f"/console/answers?{query}").status_code == status


def test_who_may_read_nothing_reads_no_answers(filled: RunningProxy) -> None:
    with filled.ledger() as ledger, console_client(filled.url, signed_in_as(ledger)) as client:
        for path in ("/console/answers", "/console/answers/moffatt"):
            assert client.get(path).status_code == 403


def test_the_trace_is_linked_where_jaeger_is_known(start_proxy: Any) -> None:
    proxy = start_proxy(console={"jaeger_url": "https://jaeger.example/ui/"})
    with proxy.ledger() as ledger:
        ledger.record(recorded_decision("r1", trace_id="abc"))
        with console_client(proxy.url, signed_in_as(ledger, Role.VIEWER)) as client:
            assert 'href="https://jaeger.example/ui/trace/abc"' in client.get("/console/answers/r1").text


def test_pages_follow_each_other(start_proxy: Any, browser: Browser) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        made = [
            ledger.submit(recorded_decision(f"r{n}", question=f"Question {n}", ago=timedelta(minutes=n)))
            for n in range(120)
        ]
        for future in made:
            future.result()
    browser.sign_in(proxy, Role.VIEWER)
    browser.open("/console/answers?q=question")
    seen = []
    while True:
        seen += [one.text for one in browser.all("td a")]
        older = browser.all(".pager a")
        if not older:
            break
        browser.open(older[0].get_attribute("href").removeprefix(proxy.url))
    assert seen == [f"Question {n}" for n in range(120)]


def test_an_empty_form_asks_for_the_last_30_days() -> None:
    assert asked({}).fields == {}
    with pytest.raises(Problem):
        asked({"verdict": "true"})
