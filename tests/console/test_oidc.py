"""Signing in with an identity provider: who comes in, and what is not believed."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from conftest import RunningProxy, StartProxy, running_proxy
from joserfc.jwk import OctKey
from support.browser import Browser
from support.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    a_key_of_nobody,
    identity_provider,
    renewed,
)
from support.people import COOKIE, add_person, console_client
from support.waiting import until

from proxy.access.people.accounts import disable
from proxy.access.people.identity import OidcError
from proxy.access.people.oidc import OidcProvider
from proxy.access.people.roles import Role
from proxy.access.people.sessions import csrf_token

START = "/console/sign-in/oidc"
HERS = "Ada's"  # stands for her address, which is another one in each test
_NETWORKS = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """A proxy whose people sign in with the provider; ``email`` is Ada's, who may sign in, and new for each test."""

    proxy: RunningProxy
    provider: IdentityProvider
    email: str

    @property
    def claims(self) -> dict[str, Any]:
        return {"sub": f"sub-{self.email}", "email": self.email.upper(), "email_verified": True}


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secret") / "oidc"
    file.write_text(CLIENT_SECRET)
    return file


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, secret: Path
) -> Iterator[tuple[RunningProxy, IdentityProvider]]:
    with identity_provider() as provider:
        console = {"oidc": options(provider.url, secret)}
        with running_proxy(tmp_path_factory.mktemp("proxy"), console=console) as proxy:
            yield proxy, provider


@pytest.fixture
def place(running: tuple[RunningProxy, IdentityProvider]) -> Place:
    proxy, provider = running
    with proxy.ledger() as ledger:
        ada = add_person(ledger, Role.REVIEWER)
    place = Place(proxy, provider, ada.email)
    place.provider.be_good()
    place.provider.claims = place.claims
    return place


def options(issuer: str, secret: Path, **more: Any) -> dict[str, Any]:
    return {"issuer": issuer, "client_id": CLIENT_ID, "client_secret": {"file": str(secret)}, **more}


def sign_in(client: httpx.Client, start: str = START) -> httpx.Response:
    """What the browser gets in the end from the callback, each time at another address: those that fail wait."""
    to_provider = client.get(start)
    assert to_provider.status_code == 303, to_provider.text
    back = httpx.get(to_provider.headers["location"]).headers["location"]
    return client.get(back, headers={"x-forwarded-for": f"2001:db8:1:{next(_NETWORKS):x}::1"})


def test_somebody_signs_in_and_comes_to_where_they_were_going(place: Place, browser: Browser) -> None:
    browser.at = place.proxy.url
    browser.open("/console/account")
    browser.expect_accessible("sign-in-oidc")
    browser.find("main a.button").click()
    browser.wait(lambda: browser.path == "/console/account")
    assert place.email in browser.text
    assert browser.complaints() == []
    asked = place.provider.asked[-1]
    assert asked["redirect_uri"] == f"{place.proxy.url}/console/sign-in/oidc/callback"
    assert len(asked["nonce"]) == len(asked["code_challenge"]) + 21 == 64


def test_who_once_signed_in_is_known_by_the_providers_name_and_not_by_the_address(place: Place) -> None:
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 303
    place.provider.claims = {**place.claims, "email": "ada.married@example.com"}
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 303
        assert place.email in client.get("/console/account").text
    place.provider.claims = {**place.claims, "sub": "another-ada"}  # the address has passed to somebody else
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"email": HERS},
        {"email": HERS, "email_verified": False},
        {"email": HERS, "email_verified": "true"},
        {"email": [HERS], "email_verified": True},
        {"email": "nobody@example.com", "email_verified": True},
        {},
    ],
)
def test_an_address_that_is_not_verified_or_nobodys_lets_nobody_in(
    place: Place, claims: dict[str, Any]
) -> None:
    said = {**claims, "sub": "x"}
    if claims.get("email") in (HERS, [HERS]):
        said["email"] = place.email if claims["email"] == HERS else [place.email]
    place.provider.claims = said
    with console_client(place.proxy.url) as client:
        answer = sign_in(client)
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies


def test_an_address_that_only_looks_like_hers_once_it_is_folded_is_not_hers(place: Place) -> None:
    other = place.email.replace("example.com", "kiosk.example")
    with place.proxy.ledger() as ledger:
        add_person(ledger, Role.REVIEWER, email=other)
    place.provider.claims = {
        **place.claims,
        "email": other.replace("k", "\u212a"),
    }  # the sign of kelvin folds to k
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 403


def test_who_is_disabled_is_not_let_in(place: Place) -> None:
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 303
    with place.proxy.ledger() as ledger:
        disable(ledger, ledger.people.of_email(place.email), by="ops")  # type: ignore[arg-type]
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 403


def test_the_address_may_stand_with_the_userinfo_alone(place: Place) -> None:
    place.provider.claims = {"sub": f"one-{place.email}"}
    place.provider.userinfo = {"email": place.email, "email_verified": True}
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 303
    place.provider.userinfo["sub"] = "another"
    place.provider.claims = {"sub": f"two-{place.email}"}
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 403


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"aud": "another-client"}},
        {"claims": {"aud": [CLIENT_ID, "another-client"]}},
        {"claims": {"azp": "another-client"}},
        {"claims": {"nonce": "another-sign-in"}},
        {"claims": {"nonce": None}},
        {"claims": {"exp": 1_000_000_000}},
        {"claims": {"exp": None}},
        {"claims": {"iat": 4_000_000_000}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": 7}},
        {"signs_with": "another key"},
        {"algorithm": "none"},
        {"algorithm": "HS256", "signs_with": "our secret"},
        {"signs_with": "another key", "jwks": {}},
        {"signs_with": "another key", "jwks": {"keys": 1}},
        {"beside_the_code": {"iss": "https://evil.example"}},
        {"beside_the_code": {"code": "of-somebody-else"}},
        {"beside_the_code": {"state": "of-somebody-else"}},
        {"beside_the_code": {"error": "access_denied"}},
    ],
    ids=str,
)
def test_what_is_not_the_providers_word_for_this_browser_is_not_believed(
    place: Place, lie: dict[str, Any]
) -> None:
    place.provider.claims = {**place.claims, **lie.get("claims", {})}
    place.provider.algorithm = lie.get("algorithm", "RS256")
    place.provider.beside_the_code = lie.get("beside_the_code", {})
    place.provider.jwks = lie.get("jwks")
    if lie.get("signs_with") == "another key":
        place.provider.signs_with = a_key_of_nobody()
    if lie.get("signs_with") == "our secret":
        place.provider.signs_with = OctKey.import_key(CLIENT_SECRET, parameters={"kid": "first"})
    with console_client(place.proxy.url) as client:
        answer = sign_in(client)
        assert answer.status_code == 403
        assert COOKIE not in answer.cookies
        assert client.get("/console/account").status_code == 303


def test_an_answer_in_another_browser_or_for_the_second_time_is_none(place: Place) -> None:
    with console_client(place.proxy.url) as client, console_client(place.proxy.url) as victim:
        back = httpx.get(client.get(START).headers["location"]).headers["location"]
        assert victim.get(back).status_code == 403  # no cookie at all
        victim.get(START)
        assert victim.get(back).status_code == 403  # a sign-in of its own
        assert client.get(back).status_code == 303
        assert client.get(back).status_code == 403


def test_the_way_back_cannot_be_changed_on_the_way(place: Place) -> None:
    with console_client(place.proxy.url) as client:
        assert sign_in(client, f"{START}?next=https://evil.example").headers["location"] == "/console"
    with console_client(place.proxy.url) as client:
        assert sign_in(client, f"{START}?next=/console/account").headers["location"] == "/console/account"
    with console_client(place.proxy.url) as client:
        address = client.get(START).headers["location"]
        state = parse_qs(urlsplit(address).query)["state"][0]
        moved = state.partition(".")[0] + ".aHR0cHM6Ly9ldmlsLmV4YW1wbGU="
        answer = client.get(f"{START}/callback", params={"code": "x", "state": moved})
        assert answer.status_code == 403


def test_a_key_that_was_renewed_is_known_soon(place: Place) -> None:
    renewed(place.provider)
    with console_client(place.proxy.url) as client:
        assert sign_in(client).status_code == 303


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}, {"jwks_uri": None}],
)
async def test_a_provider_that_describes_itself_wrongly_is_not_asked(
    place: Place, metadata: dict[str, Any]
) -> None:
    place.provider.metadata = metadata
    ours = OidcProvider(place.provider.url, CLIENT_ID, lambda: CLIENT_SECRET)
    with pytest.raises(OidcError):
        await ours.address(
            back="/console", token="x", redirect_uri="http://127.0.0.1/console/sign-in/oidc/callback"
        )


def test_without_a_provider_there_is_no_such_page(proxy: RunningProxy) -> None:
    with console_client(proxy.url) as client:
        assert client.get(START).status_code == 404
        assert client.get(f"{START}/callback?code=x&state=y").status_code == 404


def test_passwords_can_be_switched_off(start_proxy: StartProxy, place: Place, secret: Path) -> None:
    own = options(place.provider.url, secret, trust_email=True, name="Acme & Co")
    proxy = start_proxy(console={"passwords": False, "oidc": own})
    place.provider.claims = {"sub": "x", "email": "ada@example.com"}
    with proxy.ledger() as ledger:
        add_person(ledger, Role.VIEWER, email="ada@example.com", password="four quiet words")
    with console_client(proxy.url) as client:
        page = client.get("/console/sign-in")
        assert "Sign in with Acme &amp; Co" in page.text
        assert 'type="password"' not in page.text
        right = {"email": "ada@example.com", "password": "four quiet words"}
        assert client.post("/console/sign-in", data={**right, "csrf": csrf_of(client)}).status_code == 404
        assert sign_in(client).status_code == 303


def csrf_of(client: httpx.Client) -> str:
    """The CSRF token of a browser that has yet to sign in, which no page shows here."""
    return csrf_token(client.cookies["cxai-visit"])


@pytest.fixture
def another_provider() -> Iterator[str]:
    """A provider that we did not write, as a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    user = {"sub": "bo", "email": "bo@example.com", "email_verified": True}
    process = subprocess.Popen(
        [*command, "--user-claims", json.dumps(user)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        until(lambda: _answers(f"http://localhost:{port}/jwks"), limit_s=60)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_provider_that_others_wrote_signs_somebody_in(
    start_proxy: StartProxy, another_provider: str, secret: Path, browser: Browser
) -> None:
    proxy = start_proxy(console={"oidc": options(another_provider, secret)})
    with proxy.ledger() as ledger:
        add_person(ledger, Role.REVIEWER, email="bo@example.com")
    browser.at = proxy.url
    browser.open("/console/account")
    browser.find("main a.button").click()
    browser.wait(lambda: browser.driver.current_url.startswith(another_provider))
    browser.wait(lambda: browser.find("button[value='bo'], input[name=sub]"))
    button = browser.all("button[value='bo']")
    if button:
        button[0].click()
    else:
        browser.find("input[name=sub]").send_keys("bo\n")
    browser.wait(lambda: browser.path == "/console/account")
    assert "bo@example.com" in browser.text
