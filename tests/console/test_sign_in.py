"""Signing in: what gets a session, what does not, and what nobody learns by trying."""

from __future__ import annotations

import itertools
import re
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from selenium.webdriver.common.keys import Keys
from support.browser import PAYLOAD, Browser
from support.people import COOKIE, PASSWORD, add_person, console_client, csrf_in, session_token
from support.waiting import until

from proxy.access.people import passwords
from proxy.access.people.accounts import disable, one_time_link
from proxy.access.people.roles import Role
from proxy.access.people.sessions import csrf_token
from proxy.console.guards import MOST_FIELDS, local_path
from proxy.console.sign_in import LARGEST

SIGN_IN = "/console/sign-in"
_NETWORKS = itertools.count(1)


@pytest.fixture
def client(proxy: RunningProxy) -> Iterator[httpx.Client]:
    with console_client(proxy.url) as client:
        yield client


def email_of_new(proxy: RunningProxy, *roles: Role) -> str:
    with proxy.ledger() as ledger:
        return add_person(ledger, *roles, password=PASSWORD).email


def attempt(client: httpx.Client, email: str, password: str, **fields: str) -> httpx.Response:
    """One attempt, each from another address: those that fail make their address wait."""
    token = csrf_in(client.get(SIGN_IN))
    data = {"email": email, "password": password, "csrf": token, **fields}
    return client.post(SIGN_IN, data=data, headers={"x-forwarded-for": f"2001:db8:0:{next(_NETWORKS):x}::1"})


def test_a_person_signs_in_with_the_keyboard_alone_and_comes_to_where_they_were_going(
    proxy: RunningProxy, browser: Browser
) -> None:
    email = email_of_new(proxy, Role.REVIEWER)
    browser.at = proxy.url
    browser.open("/console/account?changed=0")
    assert browser.path.startswith(SIGN_IN)
    browser.tab_to("#email").send_keys(email)
    browser.tab_to("#password").send_keys("not that one at all")
    browser.press(Keys.ENTER)
    browser.wait_for_text("The address or the password is wrong.")
    browser.expect_accessible("sign-in-wrong")
    browser.tab_to("#password").send_keys(PASSWORD)
    browser.press(Keys.ENTER)
    browser.wait(lambda: browser.path == "/console/account?changed=0")
    assert browser.driver.execute_script("return document.cookie") == ""  # no script reads them
    assert browser.complaints() == []


def test_what_was_typed_can_be_shown_and_pasted(proxy: RunningProxy, browser: Browser) -> None:
    browser.at = proxy.url
    browser.open(SIGN_IN)
    browser.tab_to("#password").send_keys("four quiet words")
    browser.tab_to("[data-shows]").send_keys(Keys.SPACE)
    assert browser.find("#password").get_attribute("type") == "text"
    browser.find("#password").send_keys(Keys.CONTROL, "a", "c")
    browser.find("#password").send_keys(Keys.CONTROL, "v", "v")
    assert browser.find("#password").get_attribute("value") == "four quiet words" * 2
    browser.find("[data-shows]").send_keys(Keys.SPACE)
    assert browser.find("#password").get_attribute("type") == "password"


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(
    proxy: RunningProxy, client: httpx.Client
) -> None:
    answer = attempt(client, email_of_new(proxy), PASSWORD)
    assert answer.status_code == 303
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{COOKIE}="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie and "Max-Age" not in cookie


def test_under_tls_cookies_are_secure_and_of_this_host_alone(start_proxy: StartProxy) -> None:
    proxy = start_proxy(console={"url": "https://proxy.example"})
    with console_client(proxy.url) as client:
        answer = client.get(SIGN_IN)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-cxai-visit=") and "Secure" in cookie
    assert answer.headers["strict-transport-security"]


def test_each_sign_in_is_a_new_session_and_ends_the_one_that_was_planted(
    proxy: RunningProxy, client: httpx.Client
) -> None:
    with proxy.ledger() as ledger:
        planted = session_token(ledger, add_person(ledger, Role.VIEWER))
    email = email_of_new(proxy)
    token = csrf_in(client.get(SIGN_IN))
    client.cookies.set(COOKIE, "chosen-by-somebody-else")
    signed_in = client.post(SIGN_IN, data={"email": email, "password": PASSWORD, "csrf": token})
    first = signed_in.cookies[COOKIE]
    assert first not in ("chosen-by-somebody-else", planted)
    with console_client(proxy.url, "chosen-by-somebody-else") as other:
        assert other.get("/console/account").status_code == 303
    with console_client(proxy.url, planted) as victim:
        page = victim.get("/console/account")
        again = victim.post(SIGN_IN, data={"email": email, "password": PASSWORD, "csrf": csrf_in(page)})
        assert again.status_code == 303
    with console_client(proxy.url, planted) as attacker:
        assert attacker.get("/console/account").status_code == 303


def test_signing_out_ends_the_session_and_not_the_cookie_alone(proxy: RunningProxy) -> None:
    with proxy.ledger() as ledger:
        token = session_token(ledger, add_person(ledger, Role.VIEWER))
    with console_client(proxy.url, token) as client:
        csrf = csrf_in(client.get("/console/account"))
        assert client.get("/console/sign-out").status_code in (
            404,
            405,
        )  # a link of another site signs nobody out
        assert client.post("/console/sign-out", data={"csrf": csrf}).headers["location"] == SIGN_IN
    with console_client(proxy.url, token) as kept:
        assert kept.get("/console/account").status_code == 303


def test_signing_out_everywhere_else_leaves_this_one(proxy: RunningProxy) -> None:
    with proxy.ledger() as ledger:
        ada = add_person(ledger, Role.VIEWER)
        here, there = session_token(ledger, ada), session_token(ledger, ada)
    with console_client(proxy.url, here) as client:
        csrf = csrf_in(client.get("/console/account"))
        client.post("/console/account/sign-out-elsewhere", data={"csrf": csrf})
        assert client.get("/console/account").status_code == 200
    with console_client(proxy.url, there) as other:
        assert other.get("/console/account").status_code == 303


def test_who_is_disabled_is_out_at_the_next_click(proxy: RunningProxy) -> None:
    with proxy.ledger() as ledger:
        ada = add_person(ledger, Role.ADMIN)
        with console_client(proxy.url, session_token(ledger, ada)) as client:
            assert client.get("/console/account").status_code == 200
            disable(ledger, ada, by="ops")
            assert client.get("/console/account").status_code == 303


def test_whoever_fails_is_told_the_same(proxy: RunningProxy, client: httpx.Client) -> None:
    known, gone = email_of_new(proxy), email_of_new(proxy)
    with proxy.ledger() as ledger:
        disable(ledger, ledger.people.of_email(gone), by="ops")  # type: ignore[arg-type]
        by_provider = add_person(ledger).email
    answers = [
        attempt(client, email, password)
        for email, password in (
            (known, "not that one at all"),
            (gone, PASSWORD),
            (by_provider, PASSWORD),
            ("nobody@example.com", PASSWORD),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    shown = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len(shown) == 1
    assert all("The address or the password is wrong." in answer.text for answer in answers)
    assert all(COOKIE not in answer.cookies for answer in answers)


@pytest.mark.alone
def test_an_unknown_address_takes_as_long_as_a_wrong_password(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    emails = [email_of_new(proxy) for _ in range(9)]
    with console_client(proxy.url) as client:
        attempt(client, "warm@example.com", PASSWORD)

        def took(email: str) -> float:
            begun = time.perf_counter()
            assert attempt(client, email, "not that one at all").status_code == 401
            return time.perf_counter() - begun

        pairs = [(took(email), took(f"no-{email}")) for email in emails]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.6 < unknown / known < 1.6


def test_too_many_failures_wait_and_the_right_password_waits_too(
    proxy: RunningProxy, client: httpx.Client
) -> None:
    email = email_of_new(proxy)
    answers = [attempt(client, email, "not that one at all") for _ in range(6)]
    late = attempt(client, email, PASSWORD)
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) >= 1
    assert "There were too many attempts." in late.text
    nobody = [attempt(client, f"x{email}", "not that one at all") for _ in range(6)]
    assert [one.status_code for one in nobody] == [one.status_code for one in answers]


def test_a_flood_of_sign_ins_keeps_no_answer_waiting(
    proxy: RunningProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = threading.Event()
    monkeypatch.setattr(passwords, "is_right", lambda *_: ends.wait(60) and False)

    def flood(number: int) -> int:
        with console_client(proxy.url) as client:
            return attempt(client, f"{number}@example.com", "not that one at all").status_code

    with ThreadPoolExecutor(50) as crowd:
        try:
            attempts = [crowd.submit(flood, number) for number in range(50)]
            until(
                lambda: sum(thread.name.startswith("cxai-passwords") for thread in threading.enumerate()) >= 2
            )
            for _ in range(3):
                assert proxy.ask("When must I apply for the bereavement fare?").status_code == 200
            assert not any(one.done() for one in attempts)
        finally:
            ends.set()
        assert {one.result() for one in attempts} == {401}


def test_a_sign_in_without_our_form_is_none(proxy: RunningProxy, client: httpx.Client) -> None:
    email = email_of_new(proxy)
    right = {"email": email, "password": PASSWORD}
    assert client.post(SIGN_IN, data=right).status_code == 403
    token = csrf_in(client.get(SIGN_IN))
    assert client.post(SIGN_IN, data={**right, "csrf": token[:-1]}).status_code == 403
    with console_client(proxy.url) as other_browser:
        assert other_browser.post(SIGN_IN, data={**right, "csrf": token}).status_code == 403
    assert client.post(SIGN_IN, data={**right, "csrf": token}).status_code == 303


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example/",
        "//evil.example/console",
        "/\\evil.example",
        "\\\\evil.example",
        "/console/../../evil",
        "/console/%2e%2E/v1/models",
        "https:/console",
        "http://[",
        "/consoleevil",
        "javascript:alert(1)",
        "/v1/chat/completions",
        "/console\n/x",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_the_sign_in(
    proxy: RunningProxy, client: httpx.Client, asked: str
) -> None:
    assert local_path(asked) == "/console"
    answer = client.get(SIGN_IN, params={"next": asked})
    assert 'name="next" value="/console"' in answer.text


@pytest.mark.parametrize("path", [SIGN_IN, f"{SIGN_IN}/link"])
def test_who_is_not_signed_in_keeps_nobody_busy_with_a_form(client: httpx.Client, path: str) -> None:
    """Before it was seen whether it is ours: reading a form takes time and memory."""
    as_form = {"content-type": "application/x-www-form-urlencoded"}
    large = client.post(path, content=b"email=" + b"x" * LARGEST, headers=as_form)
    assert (large.status_code, "That is too large" in large.text) == (413, True)
    many = b"&".join(b"a%d=" % number for number in range(MOST_FIELDS + 2))
    assert len(many) < LARGEST
    assert client.post(path, content=many, headers=as_form).status_code == 403
    parts = b"".join(b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' for _ in range(400))
    in_parts = {"content-type": "multipart/form-data; boundary=b"}
    assert client.post(path, content=parts + b"--b--\r\n", headers=in_parts).status_code == 413


def test_the_way_back_is_kept(proxy: RunningProxy, client: httpx.Client) -> None:
    back = "/console/account?a=1&b=%2F"
    assert local_path(back) == back
    answer = attempt(client, email_of_new(proxy), PASSWORD, next=back)
    assert answer.headers["location"] == back
    client.cookies.clear()
    hostile = attempt(client, email_of_new(proxy), PASSWORD, next="https://evil.example")
    assert hostile.headers["location"] == "/console"


def test_what_was_typed_is_shown_as_text(proxy: RunningProxy, browser: Browser) -> None:
    browser.at = proxy.url
    browser.open("/console/sign-in")
    browser.driver.execute_script("document.querySelector('#email').type = 'text'")
    browser.find("#email").send_keys(PAYLOAD[:150])
    browser.find("#password").send_keys("not that one at all")
    browser.press(Keys.ENTER)
    browser.wait_for_text("The address or the password is wrong.")
    assert browser.find("#email").get_attribute("value") == PAYLOAD[:150]
    browser.expect_nothing_ran()


def test_a_link_signs_in_once_after_it_was_confirmed(proxy: RunningProxy, browser: Browser) -> None:
    with proxy.ledger() as ledger:
        link = one_time_link(ledger, add_person(ledger, Role.VIEWER, name="Bo Example"), proxy.url)
    browser.at = proxy.url
    for _ in range(2):  # looking at it uses nothing up
        browser.open(link.removeprefix(proxy.url))
        browser.expect_accessible("sign-in-link")
    browser.tab_to("main button")
    browser.press(Keys.ENTER)
    browser.wait_for_text("Bo Example")
    browser.driver.delete_all_cookies()
    browser.open(link.removeprefix(proxy.url))
    browser.find("main button").click()
    browser.wait_for_text("This link does not count any more")


@pytest.mark.parametrize(
    "headers", [{"host": "proxy.example"}, {"x-forwarded-for": "203.0.113.7"}, {"via": "1.1 x"}]
)
def test_a_link_opens_nothing_from_elsewhere(
    proxy: RunningProxy, client: httpx.Client, headers: dict[str, str]
) -> None:
    with proxy.ledger() as ledger:
        link = one_time_link(ledger, add_person(ledger, Role.ADMIN), "")
    token = csrf_in(client.get(SIGN_IN))
    assert client.get(link, headers=headers).status_code == 404
    form = {"csrf": token, "token": link.rpartition("/")[2]}
    assert client.post(link.rpartition("/")[0], data=form, headers=headers).status_code == 404
    assert client.post(link.rpartition("/")[0], data=form).status_code == 303


def test_no_password_goes_over_a_plain_connection(proxy: RunningProxy, client: httpx.Client) -> None:
    elsewhere = {"host": "proxy.example"}
    answer = client.get(SIGN_IN, headers=elsewhere)
    assert answer.status_code == 403
    assert "console.url" in answer.text
    token = csrf_in(client.get(SIGN_IN))
    form = {"email": email_of_new(proxy), "password": PASSWORD, "csrf": token}
    assert client.post(SIGN_IN, data=form, headers=elsewhere).status_code == 403


def test_where_the_operator_chose_a_plain_connection_it_is_taken(start_proxy: StartProxy) -> None:
    with console_client(start_proxy(console={"url": "http://proxy.lan:8080"}).url) as client:
        assert client.get(SIGN_IN, headers={"host": "proxy.lan:8080"}).status_code == 200


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(proxy: RunningProxy) -> None:
    with proxy.ledger() as ledger:
        ada = add_person(ledger, Role.VIEWER, password=PASSWORD)
        here, there = session_token(ledger, ada), session_token(ledger, ada)
    change = "/console/account/password"
    new = "another few quiet words"
    with console_client(proxy.url, here) as client:
        csrf = {"csrf": csrf_in(client.get("/console/account"))}
        wrong = client.post(change, data={**csrf, "old": "not that one at all", "new": new, "again": new})
        assert wrong.status_code == 422
        assert (
            client.post(change, data={**csrf, "old": PASSWORD, "new": new, "again": "x"}).status_code == 422
        )
        weak = client.post(change, data={**csrf, "old": PASSWORD, "new": "short", "again": "short"})
        assert "at least 12" in weak.text
        assert (
            client.post(change, data={**csrf, "old": PASSWORD, "new": new, "again": new}).status_code == 303
        )
        assert client.get("/console/account").status_code == 200
        with console_client(proxy.url, there) as other:
            assert other.get("/console/account").status_code == 303
    with console_client(proxy.url) as client:
        assert attempt(client, ada.email, PASSWORD).status_code == 401
        assert attempt(client, ada.email, new).status_code == 303


def test_a_form_sets_no_more_than_what_it_asks_for(proxy: RunningProxy) -> None:
    new = "quite another few words"
    with proxy.ledger() as ledger:
        ada = add_person(ledger, Role.VIEWER, password=PASSWORD)
        with console_client(proxy.url, session_token(ledger, ada)) as client:
            more = {"roles": "admin", "tenant": "acme", "email": "x@example.com", "id": "per_x"}
            asked = {
                "old": PASSWORD,
                "new": new,
                "again": new,
                "csrf": csrf_in(client.get("/console/account")),
            }
            assert client.post("/console/account/password", data={**more, **asked}).status_code == 303
        now = ledger.people.of_id(ada.id)
    assert now is not None and passwords.is_right(new, now.password_hash)
    assert (now.roles, now.tenant, now.email) == (("viewer",), "default", ada.email)


def test_somebody_of_a_tenant_that_is_not_served_does_not_come_in(
    proxy: RunningProxy, client: httpx.Client
) -> None:
    with proxy.ledger() as ledger:
        stranger = add_person(ledger, Role.ADMIN, tenant="gone", password=PASSWORD)
        token = session_token(ledger, stranger)
    with console_client(proxy.url, token) as signed_in:
        assert signed_in.get("/console/account").status_code == 303
    answer = attempt(client, stranger.email, PASSWORD)
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies


def test_no_password_and_no_token_is_logged(
    proxy: RunningProxy, client: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    email = email_of_new(proxy)
    attempt(client, email, "not that one at all")
    token = attempt(client, email, PASSWORD).cookies[COOKIE]
    said = "".join(capsys.readouterr())
    assert "signed in" in said and "sign-in refused" in said
    assert not any(secret in said for secret in (PASSWORD, "not that one", token, csrf_token(token)))


def test_nothing_stays_in_the_browser_after_signing_out(proxy: RunningProxy, browser: Browser) -> None:
    browser.sign_in(proxy, Role.ADMIN)
    browser.open("/console")
    browser.open("/console/account")
    browser.find(".me button").click()
    browser.wait(lambda: browser.path == SIGN_IN)
    browser.driver.back()
    browser.wait(lambda: browser.path.startswith(SIGN_IN))
    kept = "return [...Object.values(localStorage), ...Object.values(sessionStorage), document.cookie]"
    # HTMX notes the address of the page that is shown.
    assert {one.partition("?")[0] for one in browser.driver.execute_script(kept)} <= {SIGN_IN, ""}
