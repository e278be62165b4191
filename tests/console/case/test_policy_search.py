"""A reviewer looks for a text of the policies that was not found for a sentence, and judges by it."""

from __future__ import annotations

import httpx
import pytest
from conftest import RunningProxy
from console.case import moffatt
from console.case.at_the_page import hold, judge, press_button
from console.case.escalated import escalate
from selenium.webdriver.common.keys import Keys
from support.browser import Browser
from support.people import add_person, console_client, csrf_in, session_token

from proxy.access.people.roles import Role
from proxy.console.case.passages import DocumentsThen, LooseQuote, ShownPassage
from proxy.console.case.policy_search import NOT_THEN, as_it_stood
from proxy.corpus.reading import read_content
from proxy.ledger.ledger import Ledger
from proxy.ledger.staff.people import PersonRecord

WORDS = "reduced fare after travel has been completed"


def test_a_text_is_looked_for_by_keyboard_and_counts_as_seen_once_it_is_opened(
    escalating: RunningProxy, browser: Browser
) -> None:
    ref = escalate(escalating)
    browser.sign_in(escalating, Role.REVIEWER)
    hold(browser, ref)
    press_button(browser, "Search the policies for sentence 2")
    browser.tab_to("#search-1")
    browser.press(WORDS, Keys.ENTER)
    browser.wait_for_text("passages, the closest first")
    browser.tab_to("#found-1 summary")
    assert "does not apply to requests for a reduced fare" in browser.driver.switch_to.active_element.text
    browser.press(Keys.ENTER)
    mark = browser.find("[data-for='1-found-0']")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", mark)
    browser.wait(lambda: mark.get_attribute("data-seen") == "yes")
    assert browser.find("[data-for='1-found-1']").get_attribute("data-seen") is None
    assert browser.findings() == []
    judge(browser, 1, "supported")
    browser.wait_for_text("1 of 2 done")
    assert browser.complaints() == []


@pytest.fixture
def held(escalating: RunningProxy) -> tuple[str, PersonRecord]:
    """A case, and the reviewer who holds it."""
    with escalating.ledger() as ledger:
        person = add_person(ledger, Role.REVIEWER)
    ref = escalate(escalating)
    take(escalating, person, ref)
    return ref, person


def take(proxy: RunningProxy, person: PersonRecord, ref: str) -> None:
    with proxy.ledger() as ledger, console_client(proxy.url, session_token(ledger, person)) as client:
        form = {"csrf": csrf_in(client.get("/console/account"))}
        assert client.post(f"/console/cases/{ref}/claim", data=form).status_code == 303


def looked_for(proxy: RunningProxy, person: PersonRecord, ref: str, words: str) -> httpx.Response:
    with proxy.ledger() as ledger, console_client(proxy.url, session_token(ledger, person)) as client:
        return client.get(f"/console/cases/{ref}/claims/1/passages", params={"q": words})


def test_only_documents_of_the_cases_route_are_found(
    escalating: RunningProxy, held: tuple[str, PersonRecord]
) -> None:
    ref, person = held
    found = looked_for(escalating, person, ref, "early termination fee of a mobile contract").text
    assert " of airline/" in found and " of telecom/" not in found
    assert "Write what to look for" in looked_for(escalating, person, ref, "  ").text


def test_who_does_not_hold_the_case_searches_nothing(
    escalating: RunningProxy, held: tuple[str, PersonRecord]
) -> None:
    with escalating.ledger() as ledger:
        another = add_person(ledger, Role.REVIEWER)
    answer = looked_for(escalating, another, held[0], WORDS)
    assert answer.status_code == 409 and "completed" not in answer.text


def test_a_text_that_was_changed_since_is_told_as_such(ledger_url: str) -> None:
    today = moffatt.POLICY.replace(moffatt.QUOTE, "A reduced fare can be asked for after travel.")
    passages = read_content(f"{moffatt.DOCUMENT}.md", today.encode()).passages
    changed, kept = (
        next(one for one in passages if words in one.text) for words in ("asked for after", "4 travellers")
    )
    with Ledger.open(ledger_url) as ledger:
        documents = DocumentsThen(ledger, moffatt.record(ledger).versions["corpus"])
        told, stood = as_it_stood(changed, documents), as_it_stood(kept, documents)
    assert isinstance(told, LooseQuote) and told.why == NOT_THEN
    assert isinstance(stood, ShownPassage) and stood.owner == "Fares and Ticketing"
