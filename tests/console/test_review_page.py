"""Reviewing delivered answers, one after another: seeded ones among them look like any other."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from conftest import RunningProxy, StartProxy
from console.case.at_the_page import judge, press_button
from console.case.escalated import ROUTE, TRUE, escalate
from support.browser import Browser
from support.people import console_client, signed_in_as

from proxy.access.people.roles import Role
from proxy.ledger.reviews.records import FINISHED, SAMPLED, SEEDED_BAD, ReviewItem

NOW = datetime.now(UTC)
FALSE = "Bereavement fares can be claimed within 90 days after the journey."
QUOTE = (
    "Our bereavement policy does not apply to requests for a reduced fare after travel has been completed."
)
NO_SEEDING = {"seeded_share": 0.0, "burst_length": 0, "second_share": 0.0}


def delivered(proxy: RunningProxy) -> str:
    """An answer that a customer got; its response id."""
    proxy.provider.answers(TRUE)
    told = proxy.ask("What does a bereavement fare give me?").json()["cxai"]
    assert told["decision"] == "deliver", told
    return str(told["response_id"])


def sampled(proxy: RunningProxy) -> ReviewItem:
    return ReviewItem(
        id="ri-sampled",
        key="sampled",
        kind=SAMPLED,
        created_at=NOW,
        answered_at=NOW,
        response_id=delivered(proxy),
    )


def seeded(proxy: RunningProxy) -> ReviewItem:
    """A made-up answer with an error in it, of the corpus that the delivered one was given under."""
    place = {"document": "airline/bereavement-fares", "section": "After travel", "quote": QUOTE}
    claim = {"text": FALSE, "kind": "policy", "verdict": "supported", "confidence": 0.91, "evidence": [place]}
    with proxy.ledger() as ledger:
        record = ledger.answer(delivered(proxy))
    assert record is not None
    content = {"question": "After travel?", "claims": [claim], "corpus_version": record.versions["corpus"]}
    return ReviewItem(
        id="ri-seeded",
        key="seeded",
        kind=SEEDED_BAD,
        created_at=NOW,
        answered_at=NOW,
        content=content,
        truth={"0": "contradicted"},
        source="probe",
    )


def test_an_answer_is_reviewed_by_keyboard_and_the_next_one_offered(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy(policies=ROUTE, review=NO_SEEDING)
    browser.sign_in(proxy, Role.REVIEWER)
    browser.open("/console/review")
    assert "Nothing waits to be reviewed." in browser.text
    with proxy.ledger() as ledger:
        ledger.reviews.add([sampled(proxy)])
    browser.open("/console/review")
    assert TRUE in browser.text and "The machine said" not in browser.driver.page_source
    browser.expect_accessible("review")
    judge(browser, 1, "supported")
    browser.wait_for_text("You agree")
    press_button(browser, "Finish this review")
    browser.wait_for_text("This review is finished")
    assert browser.all("#asked-section") == []  # nothing is left of what is over
    with proxy.ledger() as ledger:
        review = ledger.reviews.reviews("default")[0]
    assert review.finished and review.first == {0: "supported"} and review.judgements[0].visible_ms > 0
    press_button(browser, "Review the next answer")
    browser.wait_for_text("Nothing waits to be reviewed.")
    assert browser.complaints() == []


def test_a_seeded_answer_looks_like_any_other(start_proxy: StartProxy) -> None:
    always = {"seeded_share": 1.0, "burst_length": 0, "bad_share": 1.0}
    proxy = start_proxy(policies=ROUTE, review=always)
    with proxy.ledger() as ledger:
        ledger.reviews.add([sampled(proxy), seeded(proxy)])
        token = signed_in_as(ledger, Role.REVIEWER)
    with console_client(proxy.url, token) as client:
        page = client.get("/console/review").text
        assert FALSE in page and "<mark data-mark" in page
        told = re.sub(r"rg-[0-9a-f]+|contradicted|Contradicted", "", page)
        assert [
            word for word in ("seed", "probe", "truth", "0.91", "91%", "ri-", "sampled") if word in told
        ] == []


def test_between_cases_an_answer_is_reviewed(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies=ROUTE, review={**NO_SEEDING, "seeded_share": 0.5})
    ref = escalate(proxy)
    with proxy.ledger() as ledger:
        ledger.reviews.add([sampled(proxy)])
        token = signed_in_as(ledger, Role.REVIEWER)
    with console_client(proxy.url, token) as client:
        csrf = client.get("/console/account").text.partition('name="csrf" value="')[2].partition('"')[0]
        take = {"csrf": csrf}
        first = client.post("/console/queue/take", data=take)
        assert (first.status_code, first.headers["location"]) == (303, "/console/review")
        page = client.get("/console/review").text
        giving = page.partition('hx-post="/console/review/')[2].partition("/")[0]
        with proxy.ledger() as ledger:
            review = ledger.reviews.review(giving)
            assert review is not None
            ledger.reviews.end(review.giving, FINISHED, datetime.now(UTC), lambda finished: 1)
        then = client.post("/console/queue/take", data=take)
        assert then.headers["location"] == f"/console/cases/{ref}"


def test_a_review_is_its_reviewers_alone(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies=ROUTE, review=NO_SEEDING)
    with proxy.ledger() as ledger:
        ledger.reviews.add([sampled(proxy)])
        first, second = signed_in_as(ledger, Role.REVIEWER), signed_in_as(ledger, Role.REVIEWER)
        viewer = signed_in_as(ledger, Role.VIEWER)
    with console_client(proxy.url, first) as client:
        page = client.get("/console/review").text
        giving = page.partition('hx-post="/console/review/')[2].partition("/")[0]
        assert giving in client.get("/console/review").text  # what was begun goes on
    with console_client(proxy.url, second) as client:
        assert "Nothing waits" in client.get("/console/review").text
        csrf = client.get("/console/account").text.partition('name="csrf" value="')[2].partition('"')[0]
        for path in (f"/console/review/{giving}/finish", f"/console/review/{giving}/claims/0"):
            assert client.post(path, data={"csrf": csrf, "verdict": "supported"}).status_code == 409
    with console_client(proxy.url, viewer) as client:
        assert client.get("/console/review").status_code == 403
