"""What every page of the console has: a frame, its policy, its errors, and nothing for who is not signed in."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import RunningProxy
from selenium.webdriver.common.keys import Keys
from support.browser import PAYLOAD, Browser
from support.people import console_client, csrf_in, signed_in_as

from proxy.access.people.roles import Role
from proxy.console.frame import environment
from proxy.console.headers import HEADERS
from proxy.console.registry import SECTIONS


def test_the_sign_in_is_readable_for_all(proxy: RunningProxy, browser: Browser) -> None:
    browser.at = proxy.url
    browser.open("/console")
    assert browser.path == "/console/sign-in?next=/console"
    browser.expect_accessible("sign-in")
    assert browser.complaints() == []


def test_ones_account_is_readable_for_all(proxy: RunningProxy, browser: Browser) -> None:
    browser.sign_in(proxy, Role.REVIEWER)
    browser.open("/console/account")
    browser.expect_accessible("account")
    assert browser.complaints() == []


def test_what_went_wrong_is_readable_for_all(proxy: RunningProxy, browser: Browser) -> None:
    browser.sign_in(proxy, Role.VIEWER)
    browser.open("/console/nothing")
    browser.wait_for_text("There is no such page")
    browser.expect_accessible("problem")


def test_who_has_no_role_can_read_so(proxy: RunningProxy, browser: Browser) -> None:
    browser.sign_in(proxy)
    browser.open("/console")
    browser.expect_accessible("no-role")


def test_the_keyboard_skips_the_navigation_and_signs_out(proxy: RunningProxy, browser: Browser) -> None:
    browser.sign_in(proxy, Role.VIEWER)
    browser.open("/console/account")
    browser.press(Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "Skip to content"
    browser.tab_to(".me button")
    browser.press(Keys.ENTER)
    browser.wait(lambda: browser.path == "/console/sign-in")


def test_what_people_are_called_is_text(proxy: RunningProxy, browser: Browser) -> None:
    browser.sign_in(proxy, Role.VIEWER, name=PAYLOAD)
    browser.open("/console/account")
    assert PAYLOAD.split(" ")[0] in browser.text
    browser.expect_nothing_ran()


def test_the_policy_keeps_a_script_from_running_that_got_into_a_page(
    proxy: RunningProxy, browser: Browser
) -> None:
    browser.sign_in(proxy, Role.VIEWER)
    browser.open("/console/account")
    insert = "const s = document.createElement('script'); s.textContent = 'window.hacked=1'; document.body.append(s)"
    browser.driver.execute_script(insert)
    assert browser.driver.execute_script("return window.hacked") is None
    assert any("Content Security Policy" in one for one in browser.complaints())


@pytest.mark.parametrize(
    "path",
    [
        "/console",
        "/console/sign-in",
        "/console/nothing",
        "/console/static/console.css",
        "//console//sign-in/",
    ],
)
def test_all_answers_have_the_headers(proxy: RunningProxy, path: str) -> None:
    with console_client(proxy.url) as client:
        for answer in (client.get(proxy.url + path), client.delete(proxy.url + path)):
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS, answer.status_code
            assert answer.headers["content-type"].count("charset") <= 1
            assert answer.headers["cache-control"] in ("no-store", "public, max-age=31536000, immutable")


def test_an_unknown_page_is_a_page_for_who_is_signed_in(proxy: RunningProxy) -> None:
    with proxy.ledger() as ledger, console_client(proxy.url, signed_in_as(ledger, Role.VIEWER)) as client:
        answer = client.get("/console/nothing/here")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_without_a_sign_in_no_page_answers(proxy: RunningProxy) -> None:
    with console_client(proxy.url) as client:
        for path in ("/console", "/console/account", "/console/nothing?x=1"):
            answer = client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/console/sign-in?next=/console")
        parts = client.get("/console/account", headers={"hx-request": "true"})
        assert parts.status_code == 401
        assert parts.headers["hx-redirect"].startswith("/console/sign-in")


def test_a_key_of_the_api_opens_no_page(proxy: RunningProxy) -> None:
    with console_client(proxy.url) as client:
        answer = client.get("/console/account", headers={"authorization": "Bearer cxai_12345678_" + "a" * 40})
    assert answer.status_code == 303


def test_a_change_needs_the_token_of_its_own_session(proxy: RunningProxy) -> None:
    change = "/console/account/sign-out-elsewhere"
    with proxy.ledger() as ledger:
        own, other = signed_in_as(ledger, Role.VIEWER), signed_in_as(ledger, Role.VIEWER)
    with console_client(proxy.url, own) as client, console_client(proxy.url, other) as neighbour:
        token, foreign = (csrf_in(one.get("/console/account")) for one in (client, neighbour))
        assert client.post(change).status_code == 403
        assert client.post(change, data={"csrf": ""}).status_code == 403
        assert client.post(change, data={"csrf": foreign}).status_code == 403
        assert client.post(change, json={"csrf": token}).status_code == 403
        elsewhere = {"sec-fetch-site": "cross-site"}
        assert client.post(change, data={"csrf": token}, headers=elsewhere).status_code == 403
        assert client.post(change, data={"csrf": token}).status_code == 303
        assert client.post(change, headers={"x-csrf-token": token}).status_code == 303


def test_templates_escape_all_and_nobody_says_otherwise() -> None:
    templates = environment()
    assert templates.autoescape is True
    folder = Path("proxy/console")
    for file in [*folder.glob("**/*.html"), *folder.glob("**/*.py")]:
        text = file.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", "").replace("``|safe``", ""), file
        assert "autoescape false" not in text, file
        assert "Markup(" not in text, file


def test_each_section_lies_below_the_console() -> None:
    assert all(one.path.startswith("/console/") for one in SECTIONS)


def test_a_page_that_fails_tells_nothing_of_what_is_inside(
    proxy: RunningProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT password_hash FROM people")

    monkeypatch.setattr("proxy.console.account._page", broken)
    with proxy.ledger() as ledger, console_client(proxy.url, signed_in_as(ledger, Role.VIEWER)) as client:
        answer = client.get("/console/account")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert not any(word in answer.text for word in ("SELECT", "RuntimeError", "Traceback", "proxy/console"))


def test_hostile_parameters_are_answered_as_wrong_and_not_as_our_mistake(proxy: RunningProxy) -> None:
    hostile = (
        "%00",
        "%ed%a0%80",
        "%27%20OR%201=1--",
        "..%2f..%2fetc%2fpasswd",
        "%7B%7B7*7%7D%7D",
        "a" * 5000,
    )
    pages = [one.path for one in SECTIONS if one.title]
    with proxy.ledger() as ledger, console_client(proxy.url, signed_in_as(ledger, Role.ADMIN)) as client:
        for page in pages:
            for value in hostile:
                for address in (f"{page}?q={value}&q={value}&page={value}", f"{page}/{value}"):
                    assert client.get(address).status_code < 500, address
        for name in ("..%2ffront.py", "%2e%2e%2fframe.py", "console.css%00", "../frame.py"):
            assert client.get(f"/console/static/{name}").status_code in (400, 404)
