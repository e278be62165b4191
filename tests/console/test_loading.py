"""What a page shows while it waits for a part of itself, and where that part never comes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import RunningProxy
from console.case.escalated import escalate
from support.browser import Browser

from proxy.access.people.roles import Role

TEMPLATES = sorted(Path("proxy/console/templates").rglob("*.html"))
ASKS = re.compile(r"<(\w+)[^>]*\shx-(?:get|post)=[^>]*>")
INDICATOR = re.compile(r'hx-indicator="#([\w-]+)')
IN_A_FORM = '<p class="htmx-indicator" role="status">'


@pytest.mark.parametrize(
    ("path", "meanwhile"),
    [
        ("/console/lead", ["Setting the usual numbers beside"]),
        ("/console/policies", ["Comparing the documents", "Checking the documents"]),
    ],
    ids=["lead", "policies"],
)
def test_a_page_says_what_it_waits_for_and_where_that_never_comes(
    escalating: RunningProxy, browser: Browser, path: str, meanwhile: list[str]
) -> None:
    browser.sign_in(escalating, Role.LEAD)
    with browser.holding_requests() as let_go:
        browser.open(path)
        for words in meanwhile:
            browser.wait_for_text(words)
        with browser.offline():
            let_go()
            browser.wait_for_text("The proxy does not answer")
    assert not any(words in browser.text for words in meanwhile)
    assert browser.findings() == []


def test_a_case_says_that_it_looks_for_similar_ones(escalating: RunningProxy, browser: Browser) -> None:
    ref = escalate(escalating)
    browser.sign_in(escalating, Role.VIEWER)
    with browser.holding_requests() as let_go:
        browser.open(f"/console/cases/{ref}")
        browser.wait_for_text("Looking for similar cases")
        let_go()
        browser.wait(lambda: "Looking for similar cases" not in browser.text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_whatever_asks_for_something_says_meanwhile_that_it_does(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    for asking in ASKS.finditer(text):
        if 'hx-trigger="every' in asking[0]:
            continue  # what stands there says how far it is, and stays until more is known
        if named := INDICATOR.search(asking[0]):
            assert f'loading("{named[1]}' in text, asking[0]
        else:
            assert asking[1] == "form", asking[0]
            assert IN_A_FORM in text[asking.end() : text.index("</form>", asking.end())], asking[0]


def test_the_templates_that_ask_for_something_are_found() -> None:
    assert len([one for template in TEMPLATES for one in ASKS.finditer(template.read_text())]) >= 18
