"""The page *Integrity*: one's own figures first, the team's for all reviewers, other people's for leads alone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from conftest import ROOT, RunningProxy, StartProxy
from selenium.webdriver.common.keys import Keys
from support.browser import NARROW, PAYLOAD, Browser
from support.people import add_person, console_client, session_token, signed_in_as
from support.reviewing import reviewed as reviewed_by
from support.reviewing import reviewing, sampled

from proxy.access.people.roles import Role
from proxy.console.integrity.charts import by_hour, by_person
from proxy.intervals import Rate
from proxy.ledger.ledger import Ledger
from proxy.ledger.staff.people import PersonRecord
from proxy.review.figures import HourFigures
from proxy.review.simulated import HURRIES, NAMES, fill

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def reviewed(proxy: RunningProxy) -> Iterator[RunningProxy]:
    """A proxy whose ledger has some days of simulated reviews."""
    with proxy.ledger() as ledger:
        fill(ledger, now=NOW)
    yield proxy


def as_person(ledger: Ledger, person: PersonRecord, url: str, path: str) -> httpx.Response:
    with console_client(url, session_token(ledger, person)) as client:
        return client.get(path)


def review_one(ledger: Ledger, person: PersonRecord) -> None:
    """A finished review of a real answer."""
    sampled(ledger, person.id, NOW - timedelta(hours=1))
    assert reviewed_by(reviewing(ledger), person.id, NOW - timedelta(minutes=30)) is not None


def test_a_lead_sees_the_team_and_each_person_and_that_they_are_simulated(
    reviewed: RunningProxy, browser: Browser
) -> None:
    browser.sign_in(reviewed, Role.LEAD)
    browser.open("/console/integrity")
    shown = " ".join(browser.text.split())
    assert "made by simulated reviewers" in shown
    assert all(name in shown for name in NAMES)
    assert "pace rose" in shown.lower() and HURRIES in shown
    assert "of delivered answers are wrong" in shown
    browser.driver.execute_script(
        "document.querySelectorAll('.chart img').forEach(one => one.loading = 'eager')"
    )
    drawn = "return [...document.querySelectorAll('.chart img')].every(one => one.naturalWidth > 200)"
    assert browser.wait(lambda: browser.driver.execute_script(drawn))
    browser.expect_accessible("integrity-lead")
    assert browser.complaints() == []


def test_a_reviewer_sees_the_team_and_nobody_else(reviewed: RunningProxy, browser: Browser) -> None:
    browser.sign_in(reviewed, Role.REVIEWER)
    browser.open("/console/integrity")
    assert "You have reviewed nothing in this time." in browser.text
    assert "The team" in browser.text
    assert not any(name in browser.text for name in NAMES)
    browser.expect_accessible("integrity-reviewer")


def test_the_page_is_read_with_the_keyboard_alone(reviewed: RunningProxy, browser: Browser) -> None:
    browser.sign_in(reviewed, Role.LEAD)
    browser.open("/console/integrity")
    browser.tab_to("main summary")
    assert not browser.find("dl.terms").is_displayed()
    browser.press(Keys.ENTER)
    assert browser.find("dl.terms").is_displayed()
    browser.tab_to("#days")
    browser.press("9", Keys.TAB, Keys.ENTER)
    browser.wait(lambda: browser.path == "/console/integrity?days=90")
    browser.resize(NARROW)
    for scrolled in ("hours", "people"):  # a wide table is scrolled by the arrows
        browser.tab_to(f".scroll[aria-labelledby={scrolled}]")


def test_other_peoples_figures_are_for_leads_alone(reviewed: RunningProxy) -> None:
    with reviewed.ledger() as ledger:
        reviewer, lead = add_person(ledger, Role.REVIEWER), add_person(ledger, Role.LEAD)
        viewer = add_person(ledger, Role.VIEWER)
        people = "/console/integrity/people.svg"
        assert as_person(ledger, reviewer, reviewed.url, people).status_code == 403
        assert HURRIES in as_person(ledger, lead, reviewed.url, people).text
        assert as_person(ledger, viewer, reviewed.url, "/console/integrity").status_code == 403
        page = as_person(ledger, reviewer, reviewed.url, "/console/integrity")
        assert not any(name in page.text for name in NAMES)


def test_ones_own_figures_come_first_and_real_ones_are_not_called_simulated(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        ann, ben = (add_person(ledger, Role.REVIEWER, name=name) for name in ("Ann", PAYLOAD))
        for person in (ann, ben):
            review_one(ledger, person)
        own = as_person(ledger, ann, proxy.url, "/console/integrity").text
        assert own.index("Yours") < own.index("The team")
        assert "1 review, 3 sentences" in own and "simulated" not in own
    browser.sign_in(proxy, Role.LEAD)
    browser.open("/console/integrity")
    assert "<script>window.hacked=1</script>" in browser.text
    browser.expect_nothing_ran()


def test_each_number_of_the_page_stands_in_the_docs_with_its_formula(reviewed: RunningProxy) -> None:
    with reviewed.ledger() as ledger:
        page = as_person(ledger, add_person(ledger, Role.LEAD), reviewed.url, "/console/integrity").text
    figures = (ROOT / "docs" / "review.md").read_text(encoding="utf-8").partition("\n## The figures\n")[2]
    rows = [
        line.split(" | ") for line in figures.partition("\n## ")[0].splitlines() if line.count(" | ") == 2
    ]
    documented = {name for row in rows[1:] for name in row[1].split("; ") if name.strip()}
    shown = set(re.findall(r"<div><dt>(.*?)</dt><dd>(?=.*\d)|<th [^>]*>(.*?)</th>", page))
    named = {html.unescape(name) for pair in shown for name in pair if name} - {"Person"}
    assert len(named) >= 12 and named - documented == set()
    assert [name for name in documented if name not in html.unescape(page)] == []


def test_where_nothing_is_reviewed_the_page_says_so(start_proxy: StartProxy, browser: Browser) -> None:
    proxy = start_proxy()
    browser.sign_in(proxy, Role.LEAD)
    browser.open("/console/integrity")
    assert "Nothing was reviewed in this time." in browser.text
    browser.expect_accessible("integrity-empty")


def test_another_tenants_reviews_are_not_seen(reviewed: RunningProxy) -> None:
    with reviewed.ledger() as ledger, console_client(reviewed.url, signed_in_as(ledger, Role.LEAD)) as client:
        assert client.get("/console/integrity?days=31").status_code == 400
        assert client.get("/console/integrity?days=1").status_code == 200


def test_charts_leave_out_what_nobody_knows() -> None:
    hours = [HourFigures(0, Rate(0, 0), 3, 40.0), HourFigures(1, Rate(3, 4), 9, 20.0)]
    values = by_hour(hours)["data"]["values"]
    assert [one["share"] for one in values] == [None, 0.75]
    assert len(by_person([("a", Rate(0, 0)), ("b", Rate(1, 2))])["data"]["values"]) == 1
