"""The pages *Policies*: when documents hold, what is wrong with them, and what another text would change."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from conftest import RunningProxy, running_proxy
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.keys import Keys
from support.browser import PAYLOAD, Browser
from support.documents import writer
from support.people import console_client, csrf_in, signed_in_as
from support.recorded import claim, recorded_decision

from proxy.access.people.roles import Role
from proxy.console.charts import chart
from proxy.console.policies.timeline import MOST_SHOWN, Row, timeline
from proxy.corpus.documents import Document
from proxy.corpus.validity import Validity

REFUNDS = "Refunds are paid within 30 days of the cancellation."
BODY = f"# Refunds\n\n## When\n\n{REFUNDS}\n\nTickets bought from an agency are refunded by the agency."
AGAINST = "# Refund times\n\n## When\n\nRefunds are paid within 10 days of the cancellation."
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def document_path(name: str) -> str:
    return f"/console/policies/document?document={name}"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """A proxy before three documents, two of which contradict each other and one of which is hostile."""
    folder = tmp_path_factory.mktemp("company")
    corpus = folder / "corpus"
    corpus.mkdir()
    write = writer(corpus)
    write("refunds.md", BODY, title="Refunds", owner="ana@example.com", effective_from="2025-01-01")
    write("times.md", AGAINST, title="Refund times", effective_to="2030-01-31")
    write(
        "hostile.md",
        f"# {PAYLOAD}\n\n## {PAYLOAD}\n\n{PAYLOAD}",
        title=f"'{PAYLOAD.replace(chr(39), chr(39) * 2)}'",
    )
    quote = [{"document": "refunds", "section": "Refunds › When", "quote": REFUNDS, "url": None}]
    with running_proxy(folder, corpus=corpus) as proxy:
        with proxy.ledger() as ledger:
            current = hashlib.sha256((corpus / "refunds.md").read_bytes()).hexdigest()
            ledger.record(
                recorded_decision(
                    "cites",
                    question="When do I get my refund?",
                    answer=REFUNDS,
                    claims=[claim(REFUNDS, evidence=quote, start=0, end=len(REFUNDS))],
                    versions={"corpus": "c-test"},
                ),
                {"refunds": current},
            )
            ledger.record(recorded_decision("foreign", tenant="acme", versions={"corpus": "c-test"}))
        yield proxy


def test_documents_their_times_and_what_is_wrong_are_shown(company: RunningProxy, browser: Browser) -> None:
    found_once(company)
    browser.sign_in(company, Role.VIEWER)
    browser.open("/console/policies")
    browser.wait_for_text("finding")
    browser.wait(lambda: "10 days / 30 days" in browser.text or "30 days / 10 days" in browser.text)
    loaded = "return document.querySelector('.chart img').naturalWidth"
    browser.driver.execute_script("document.querySelector('.chart img').loading = 'eager'")
    assert browser.wait(lambda: browser.driver.execute_script(loaded)) > 300
    browser.expect_nothing_ran()
    browser.expect_accessible("policies")


def wait_patiently(browser: Browser, text: str) -> None:
    """For what a process of its own computes, which yields to all others."""
    for _ in range(5):
        with suppress(TimeoutException):
            return browser.wait_for_text(text)
    raise AssertionError(browser.text)


def found_once(company: RunningProxy) -> None:
    """On a busy machine the checks of the documents take longer than a browser's test waits."""
    with company.ledger() as ledger, console_client(company.url, signed_in_as(ledger, Role.VIEWER)) as client:
        client.timeout = httpx.Timeout(120)
        for part in ("lint", "conflicts"):
            assert client.get(f"/console/policies/{part}").status_code == 200


def test_who_looks_at_another_day_sees_what_held_then(company: RunningProxy) -> None:
    with company.ledger() as ledger, console_client(company.url, signed_in_as(ledger, Role.VIEWER)) as client:
        before = client.get("/console/policies?as_of=2024-06-01").text
        assert "not yet in force, from 2025-01-01" in before
        assert client.get("/console/policies?as_of=yesterday").status_code == 400
        assert client.get("/console/policies/timeline.svg?as_of=2024-06-01").text.startswith("<svg")


def test_a_document_shows_where_its_passages_were_used(company: RunningProxy, browser: Browser) -> None:
    browser.sign_in(company, Role.VIEWER)
    browser.open(document_path("refunds"))
    assert "quoted in 1 answer" in browser.text
    assert "Try another text" not in browser.text
    browser.expect_accessible("document")
    browser.tab_to("section.card a")
    browser.press(Keys.ENTER)
    browser.wait_for_text("When do I get my refund?")


def test_a_documents_words_are_text(company: RunningProxy, browser: Browser) -> None:
    browser.sign_in(company, Role.POLICY_OWNER)
    browser.open(document_path("hostile"))
    assert "<script>window.hacked=1</script>" in browser.text
    browser.expect_nothing_ran()


def test_a_citation_leads_to_the_text_as_it_stood(company: RunningProxy, browser: Browser) -> None:
    browser.sign_in(company, Role.VIEWER)
    browser.open("/console/answers/cites")
    browser.find(".evidence a").click()
    browser.wait_for_text("as it stood when the answer was given")
    assert REFUNDS in browser.find("#cited").text
    browser.expect_accessible("policy-text")


def test_a_kept_version_is_read(company: RunningProxy) -> None:
    with company.ledger() as ledger, console_client(company.url, signed_in_as(ledger, Role.VIEWER)) as client:
        (version,) = {one.content_hash for one in ledger.document_versions("refunds")}
        path = "/console/policies/text?document=refunds&version="
        assert REFUNDS in client.get(path + version).text
        assert client.get(path + "0" * 64).status_code == 404
        assert client.get("/console/answers/foreign/policy?document=refunds").status_code == 404
        assert client.get("/console/answers/cites/policy?document=nothing").status_code == 404


def test_an_edited_text_is_tried_by_keyboard_against_recorded_answers_and_nothing_is_saved(
    company: RunningProxy, browser: Browser
) -> None:
    before = (company.corpus / "refunds.md").read_text()
    browser.sign_in(company, Role.POLICY_OWNER)
    browser.open("/console/policies")
    browser.tab_to("#jurisdiction")
    browser.press("CA", Keys.ENTER)
    browser.wait(lambda: "jurisdiction=CA" in browser.path)
    browser.tab_to("td a[href$='document=refunds']")
    browser.press(Keys.ENTER)
    browser.wait_for_text("Try another text")
    browser.tab_to("#text")
    browser.press(Keys.CONTROL, "a")
    browser.press(before.replace("30 days", "7 days"), Keys.TAB, Keys.ENTER)
    wait_patiently(browser, "would get another verdict")
    assert "1 would get another verdict: 1 supported → contradicted" in " ".join(browser.text.split())
    browser.expect_accessible("dry-run")
    assert (company.corpus / "refunds.md").read_text() == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Write 1 to"),
        ("---\neffective_from: soon\n---\nx", "effective_from"),
        ("x" * 200_001, "Write 1 to"),
    ],
)
def test_a_text_that_makes_no_document_is_told(text: str, told: str, company: RunningProxy) -> None:
    with company.ledger() as ledger:
        answer = tried(company, signed_in_as(ledger, Role.POLICY_OWNER), text)
    assert answer.status_code == 422
    assert told in answer.text and "<html" not in answer.text


def test_who_owns_no_policies_tries_none(company: RunningProxy) -> None:
    with company.ledger() as ledger:
        assert tried(company, signed_in_as(ledger, Role.LEAD), "x").status_code == 403


def tried(company: RunningProxy, token: str, text: str) -> httpx.Response:
    with console_client(company.url, token) as client:
        csrf = csrf_in(client.get("/console/account"))
        form = {"csrf": csrf, "document": "refunds", "text": text}
        return client.post("/console/policies/dry-run", data=form, headers={"hx-request": "true"})


def test_without_documents_the_page_says_what_to_do(tmp_path: Path, browser: Browser) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    with running_proxy(tmp_path, corpus=corpus) as proxy:
        browser.sign_in(proxy, Role.VIEWER)
        browser.open("/console/policies")
        assert "There are no documents." in browser.text


def test_a_chart_is_a_picture_whatever_its_texts_say() -> None:
    held = Row(Document(PAYLOAD, "a.md", PAYLOAD, "", "0"), Validity(True, "in force"))
    answer = asyncio.run(chart(timeline([held], NOW), "dark"))
    assert b"<script" not in answer.content and b"#1a2029" in answer.content


def test_the_timeline_shows_as_many_documents_as_can_be_read() -> None:
    rows = [Row(Document(f"d{n}", "a.md", "A", "", "0"), Validity(True, "in force")) for n in range(200)]
    assert len(timeline(rows, NOW)["layer"][0]["data"]["values"]) == MOST_SHOWN
