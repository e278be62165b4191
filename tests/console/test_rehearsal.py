"""The page *Rehearsal*: decisions, gaps and worst answers of what was kept, and predictions beside what came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conftest import StartProxy
from selenium.webdriver.common.keys import Keys
from support.browser import PAYLOAD, Browser
from support.people import console_client, signed_in_as

from proxy.access.people.roles import Role
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import JsonObject
from proxy.ledger.rehearsal.register import Prediction, PredictionOutcome, RehearsalReport

NOW = datetime.now(UTC)
MADE_FROM = {  # as wide as it comes
    "under": "52fab9bb475779ed",
    "recovery": "12 of 15 failures with a target that ended 2026-10-31 22:00 to 2026-11-30 22:00 UTC, by the ledger",
}


def share(hits: int, n: int, low: float, high: float) -> JsonObject:
    return {"hits": hits, "n": n, "worth": n, "share": hits / n if n else None, "low": low, "high": high}


def report(suite: str) -> JsonObject:
    """As ``cxai rehearse predict`` keeps one."""
    step = {"words": "in 1,000 production cases", "value": 0.71, "low": 0.6, "high": 0.8}
    judged = {
        "criterion": "unsupported_delivered", "words": "answers delivered with something false",
        "seen": share(0, 40, 0.0, 0.09), "bound": "at most", "limit": 0.01, "limit_with_people": 0.05,
        "alone": "undecided", "with_people": "undecided", "needed": 299,
        "to_come": "259 more like these would show at most 1.0%",
        "to_come_with_people": "60 more like these would show at most 5.0%",
    }  # fmt: skip
    return {
        "suite": suite, "live": "november", "seed": 0, "way": "segment", "made_from": MADE_FROM,
        "conversations": 40, "answers": 40, "unjudged": 0,
        "predicted": [
            {
                "measure": "good", "words": "answers with nothing wrong", "pilot": share(37, 40, 0.8, 0.97),
                "steps": [step], "unseen": [], "unseen_text": "every part of live traffic has pilot cases",
                "came": None, "held": None,
            }
        ],
        "parts": [{"name": PAYLOAD, "live_share": 1.0, "pilot": share(37, 40, 0.8, 0.97), "under": None}],
        "effects": [],
        "realism": {"dimensions": [], "unknown": ["intents"], "score": None},
        "gaps": [
            {
                "dimension": "topics", "text": f"9% are like {PAYLOAD}",
                "suggested": [{"conversation": "c7", "text": PAYLOAD}],
            }
        ],
        "decisions": [
            {"segment": PAYLOAD, "launch": "hold", "reasons": ["299 cases would decide it"], "judged": [judged]}
        ],
        "worst": [
            {
                "conversation": "c1", "turn": 0, "segment": PAYLOAD, "asked": PAYLOAD, "said": PAYLOAD,
                "false": [PAYLOAD],
                "got": "We pay within 90 days.", "why": ["something false was delivered"],
                "decision": "deliver", "operators": ["typos"],
            }
        ],
        "comparison": None,
    }  # fmt: skip


def keep(ledger: Ledger, id: str, ago: timedelta, came: float | None) -> None:
    at = NOW - ago
    made = Prediction(
        id=f"{id}-good", report_id=id, at=at, actor="ana", suite=f"suite {id}", measure="good", since=at,
        until=at + timedelta(days=7), pilot=0.93, value=0.71, low=0.6, high=0.8, n=1000, made_from={},
    )  # fmt: skip
    ledger.rehearsals.keep(RehearsalReport(id, at, "ana", report(f"suite {id}")), [made])
    if came is not None:
        outcome = PredictionOutcome(made.id, NOW, "ana", "reviews", came, came - 0.1, came + 0.1, 60)
        ledger.rehearsals.came([outcome])


def test_the_last_report_and_the_register_are_read_by_keyboard(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        keep(ledger, "RR-old", timedelta(days=30), came=0.5)
        keep(ledger, "RR-older", timedelta(days=40), came=0.7)
        keep(ledger, "RR-new", timedelta(hours=1), came=None)
    browser.sign_in(proxy, Role.LEAD)
    browser.open("/console/rehearsal")
    for told in (
        "92.5% of the pilot",
        "71.0%",
        "suite RR-new",
        "hold",
        "at most 1.0% (5.0% with people)",
        "259 more like these would show at most 1.0%\nWith people: 60 more",
        "delivered as the model wrote it; played with typos",
        "the pilot, played under what production does",
        "We pay within 90 days.",
    ):
        assert told in browser.text, told
    assert "1 of 2 intervals hold what came: 50.0%" in browser.text and "not known yet" in browser.text
    assert "answers with nothing wrong" in browser.find("#register ~ .scroll").text
    loaded = "arguments[0].loading = 'eager'; return arguments[0].naturalWidth"
    for picture in browser.all(".chart img"):
        assert browser.wait(lambda picture=picture: browser.driver.execute_script(loaded, picture)) > 200
    browser.expect_nothing_ran()
    browser.expect_accessible("rehearsal")
    earlier = browser.find("#reports ~ ul a")
    browser.driver.execute_script("arguments[0].focus()", earlier)
    earlier.send_keys(Keys.ENTER)
    browser.wait(lambda: "suite RR-old" in browser.find(".hint").text)


def test_without_a_rehearsal_it_says_how_one_comes_here(start_proxy: StartProxy, browser: Browser) -> None:
    browser.sign_in(start_proxy(), Role.POLICY_OWNER)
    browser.open("/console/rehearsal")
    assert "No rehearsal is kept yet." in browser.text and "cxai rehearse predict" in browser.text
    assert "Nothing was predicted yet." in browser.text
    browser.expect_accessible("rehearsal-empty")


def test_a_report_that_was_kept_before_it_said_what_more_answers_would_show_is_read_all_the_same(
    start_proxy: StartProxy,
) -> None:
    proxy, kept = start_proxy(), report("spring")
    for judged in kept["decisions"][0]["judged"]:
        for later in ("bound", "limit_with_people", "to_come", "to_come_with_people"):
            del judged[later]
    with proxy.ledger() as ledger:
        ledger.rehearsals.keep(RehearsalReport("RR-1", NOW, "ana", kept), [])
        with console_client(proxy.url, signed_in_as(ledger, Role.LEAD)) as client:
            assert "decided by 299 in all" in client.get("/console/rehearsal").text


def test_it_is_for_leads_and_policy_owners(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        keep(ledger, "RR-1", timedelta(hours=1), came=None)
        pages = ("", "/RR-1", "/RR-1/ladder.svg", "/RR-1/parts.svg")
        for role, status in ((Role.REVIEWER, 403), (Role.POLICY_OWNER, 200), (Role.LEAD, 200)):
            with console_client(proxy.url, signed_in_as(ledger, role)) as client:
                assert {client.get(f"/console/rehearsal{one}").status_code for one in pages} == {status}
                if status == 200:
                    gone = ("/RR-2", "/RR-2/ladder.svg", "/RR-1/other.svg")
                    assert {client.get(f"/console/rehearsal{one}").status_code for one in gone} == {404}
