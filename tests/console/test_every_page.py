"""What holds for every page and every form of the console, those that come later too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from conftest import RunningProxy
from support.people import console_client, csrf_in, signed_in_as

from proxy.access.people.roles import Role
from proxy.console.guards import PUBLIC
from proxy.console.registry import SECTIONS

HANDLERS = [handler for section in SECTIONS for handler in section.handlers]
DOORS = sorted({(method, path) for one in HANDLERS for path in one.paths for method in one.http_methods})
OPEN_TO_ALL = {
    "/console/sign-in",
    "/console/sign-in/link",
    "/console/sign-in/link/{token:str}",
    "/console/sign-in/oidc",
    "/console/sign-in/oidc/callback",
}
# What somebody may do who has no role (any more).
OWN = {
    "/console/account",
    "/console/account/password",
    "/console/account/sign-out-elsewhere",
    "/console/sign-out",
}
CLOSED = [(str(method), path) for method, path in DOORS if path not in OPEN_TO_ALL]
CHANGES = [(method, path) for method, path in CLOSED if method not in ("GET", "HEAD", "OPTIONS")]


def filled(path: str) -> str:
    """A path with something in the place of each of its parameters."""
    return re.sub(r"\{\w+:(\w+)\}", lambda found: "1" if found[1] == "int" else "x", path)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ("http://proxy.example/console/queue?order=risk", "/console/queue%3Forder%3Drisk"),
        ("https://evil.example/elsewhere", "/console"),
        ("http://[", "/console"),
        ("javascript:alert(1)", "/console"),
    ],
)
def test_a_part_of_a_page_sends_who_is_signed_out_to_the_sign_in(
    proxy: RunningProxy, there: str, back: str
) -> None:
    with console_client(proxy.url) as client:
        asked = {"hx-request": "true", "hx-current-url": there}
        answer = client.get("/console/queue/rows", headers=asked)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, f"/console/sign-in?next={back}")


@pytest.fixture(scope="module")
def without_roles(proxy: RunningProxy) -> Iterator[httpx.Client]:
    with proxy.ledger() as ledger, console_client(proxy.url, signed_in_as(ledger)) as client:
        yield client


@pytest.fixture(scope="module")
def admin(proxy: RunningProxy) -> Iterator[httpx.Client]:
    with proxy.ledger() as ledger, console_client(proxy.url, signed_in_as(ledger, Role.ADMIN)) as client:
        yield client


def test_no_more_than_the_sign_in_is_open_to_all() -> None:
    public = {path for handler in HANDLERS if handler.opt.get(PUBLIC) for path in handler.paths}
    assert public == OPEN_TO_ALL


def test_pages_are_read_and_changes_are_posted() -> None:
    assert {str(method) for method, _ in DOORS} <= {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(("method", "path"), CLOSED, ids=str)
def test_nobody_comes_in_without_a_session(proxy: RunningProxy, method: str, path: str) -> None:
    with console_client(proxy.url) as client:
        answer = client.request(method, filled(path))
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/sign-in")
        client.cookies.set("cxai-session", "x" * 43)
        assert client.request(method, filled(path), headers={"hx-request": "true"}).status_code == 401


@pytest.mark.parametrize(("method", "path"), CHANGES, ids=str)
def test_nothing_changes_without_the_token_of_the_session(
    admin: httpx.Client, method: str, path: str
) -> None:
    sent: list[dict[str, Any]] = [
        {},
        {"data": {"csrf": "0" * 64}},
        {"json": {}},
        {"headers": {"x-csrf-token": "0" * 64}},
        {"files": {"file": ("a.txt", b"x")}},
    ]
    for one in sent:
        answer = admin.request(method, filled(path), **one)
        assert answer.status_code == 403
        assert "Nothing was changed" in answer.text


@pytest.mark.parametrize(("method", "path"), [one for one in CLOSED if one[1] not in OWN], ids=str)
def test_who_has_no_role_sees_and_does_nothing(without_roles: httpx.Client, method: str, path: str) -> None:
    token = csrf_in(without_roles.get("/console/account"))
    answer = without_roles.request(method, filled(path), headers={"x-csrf-token": token})
    assert answer.status_code == 403
    assert "You may not do this" in answer.text
