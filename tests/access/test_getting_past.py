"""Ways to get past the door without a right key, and to get a key of ours out at the other side."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from support import responses as provided
from support.house import PROVIDER_KEY, House
from support.provider import Reply

from proxy.access.limits import FAILURES_AT_ONCE
from proxy.app import create_app

_addresses = (f"203.0.{number // 250}.{number % 250 + 1}" for number in range(50_000))


def from_another_address() -> dict[str, str]:
    """These tests fail more often than one address may: each time it is another's that a proxy on loopback names."""
    return {"x-forwarded-for": next(_addresses)}


def no_key(house: House, headers: Any, address: str = "") -> httpx.Response:
    """A request that is refused, and of which no provider hears."""
    before = {name: len(provider.requests) for name, provider in house.providers.items()}
    sent = [*dict(headers).items()] if isinstance(headers, dict) else headers
    response = httpx.post(
        f"{house.url}/v1/chat/completions",
        json={"model": "m", "messages": []},
        headers=[*sent, ("x-forwarded-for", address or next(_addresses))],
        timeout=30,
    )
    assert {name: len(provider.requests) for name, provider in house.providers.items()} == before
    return response


def is_invalid_key(response: httpx.Response) -> bool:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert response.headers["x-cxai-verified"] == "no" and "cxai_" not in error["message"].replace(
        "cxai_...", ""
    )
    return (response.status_code, error["code"], error["type"]) == (
        401,
        "invalid_api_key",
        "invalid_request_error",
    )


def test_a_right_key_is_let_in_and_not_forwarded(house: House) -> None:
    house.providers["default"].answers("Refunds are paid within 14 days of the return.")
    answer = house.chat(house.bearer("usual"))
    assert answer.json()["cxai"]["decision"] == "deliver"
    sent = house.providers["default"].headers[-1]
    assert sent["authorization"] == f"Bearer {PROVIDER_KEY}"
    assert "cxai" not in json.dumps(sent)


@pytest.mark.parametrize("header", ["authorization", "api-key", "x-cxai-key"])
def test_it_comes_in_any_of_three_headers(house: House, header: str) -> None:
    key = house.keys["usual"]
    value = f"bEaReR   {key}" if header == "authorization" else key
    assert house.chat({header: value}).status_code == 200
    assert house.providers["default"].headers[-1]["authorization"] == f"Bearer {PROVIDER_KEY}"


def test_the_word_bearer_may_be_left_out(house: House) -> None:
    """Whoever has the whole key has it; what stands before it proves nothing."""
    assert house.chat({"authorization": house.keys["usual"]}).status_code == 200
    assert house.providers["default"].headers[-1]["authorization"] == f"Bearer {PROVIDER_KEY}"


def test_beside_ours_the_clients_own_provider_key_passes(house: House) -> None:
    headers = {"x-cxai-key": house.keys["usual"], "authorization": "Bearer sk-the-clients-own"}
    assert house.chat(headers).status_code == 200
    sent = house.providers["default"].headers[-1]
    assert sent["authorization"] == "Bearer sk-the-clients-own" and "x-cxai-key" not in sent


def variations(key: str) -> dict[str, list[tuple[str, str]]]:
    """What is nearly the key, or the key where it does not belong."""
    last = "a" if key[-1] != "a" else "b"
    return {
        "none": [],
        "empty": [("authorization", "")],
        "the word alone": [("authorization", "Bearer")],
        "another's": [("authorization", "Bearer sk-something")],
        "in capitals": [("authorization", f"Bearer {key.upper()}")],
        "in small letters": [("authorization", f"Bearer {key.lower()}")],
        "without a scheme, twice": [("authorization", f"{key} {key}")],
        "another scheme": [("authorization", f"Basic {key}")],
        "as a token": [("authorization", f"Token {key}")],
        "the prefix alone": [("authorization", f"Bearer {key[:14]}")],
        "the prefix and nothing": [("authorization", f"Bearer {key[:13]}_")],
        "one letter less": [("authorization", f"Bearer {key[:-1]}")],
        "one letter more": [("authorization", f"Bearer {key}a")],
        "one letter else": [("authorization", f"Bearer {key[:-1]}{last}")],
        "a blank within": [("authorization", f"Bearer {key[:20]} {key[20:]}")],
        "in quotation marks": [("authorization", f'Bearer "{key}"')],
        "with something behind it": [("authorization", f"Bearer {key},x")],
        "no secret of it": [("authorization", f"Bearer {key[:13]}_{'0' * 40}")],
        "its hash": [("authorization", "Bearer cxai_" + "0" * 64)],
        "a header of another's": [("x-api-key", key)],
        "a cookie": [("cookie", f"key={key}")],
        "two different ones": [("authorization", f"Bearer {key}"), ("x-cxai-key", key[:-1] + last)],
        "as a bearer where none belongs": [("x-cxai-key", f"Bearer {key}")],
        "in another alphabet": [("authorization", f"Bearer {key.replace('cxai', 'cхai')}")],
    }


@pytest.mark.parametrize("how", variations("cxai_12345678_x").keys())
def test_what_is_nearly_a_key_is_none(house: House, how: str) -> None:
    headers = [(name, value.encode()) for name, value in variations(house.keys["usual"])[how]]
    assert is_invalid_key(no_key(house, headers))


@pytest.mark.parametrize("which", ["expired", "revoked"])
@pytest.mark.parametrize("header", ["authorization", "api-key", "x-cxai-key"])
def test_what_was_a_key_is_none(house: House, which: str, header: str) -> None:
    key = house.keys[which]
    response = no_key(house, {header: f"Bearer {key}" if header == "authorization" else key})
    assert is_invalid_key(response)


def test_only_who_holds_it_learns_that_a_key_has_expired(house: House) -> None:
    def message(key: str) -> str:
        return str(no_key(house, {"authorization": f"Bearer {key}"}).json()["error"]["message"])

    expired, revoked = house.keys["expired"], house.keys["revoked"]
    assert "expired on" in message(expired)
    unknown = message(f"cxai_aaaaaaaa_{'A' * 40}")
    assert message(revoked) == message(f"{expired[:14]}{'A' * 40}") == unknown
    assert message(f"{house.keys['usual'][:14]}{'A' * 40}") == unknown


@pytest.mark.parametrize("name", ["authorization", "api-key", "x-cxai-key"])
def test_no_credential_may_come_twice(house: House, name: str) -> None:
    """One layer might check the first, the next use the second."""
    key = house.keys["usual"]
    right = f"Bearer {key}" if name == "authorization" else key
    for headers in (
        [(name, right), (name, right)],
        [(name, right), (name, "sk-x")],
        [(name, "sk-x"), (name, right)],
    ):
        response = no_key(house, headers)
        assert response.status_code in (400, 401)
        assert response.json()["error"]["code"] in ("invalid_header", "invalid_api_key")


@pytest.mark.parametrize("written", ["key={0}", "api_key={0}", "%63xai={0}", "x=%43XAI_abc", "a=b&{0}"])
def test_a_key_in_the_address_is_refused_even_beside_a_right_one(house: House, written: str) -> None:
    address = "/v1/models?" + written.format(house.keys["usual"])
    asked = len(house.providers["default"].paths)
    for headers in ({}, house.bearer("usual")):
        response = httpx.get(house.url + address, headers={**headers, **from_another_address()})
        assert is_invalid_key(response) and "address" in response.json()["error"]["message"]
    assert len(house.providers["default"].paths) == asked


def test_a_key_in_any_other_header_goes_nowhere(house: House) -> None:
    key = house.keys["usual"]
    headers = house.bearer(
        "usual", **{"x-api-key": key, "openai-organization": key, "x-trace": f"k={key.upper()}"}
    )
    assert house.chat(headers).status_code == 200
    assert httpx.get(house.url + "/v1/models", headers=headers).status_code == 200
    for sent in house.providers["default"].headers[-2:]:
        assert "cxai_" not in json.dumps(sent).lower()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/chat/completions"), ("POST", "/v1/responses"), ("POST", "/v1/completions"),
        ("POST", "/v1/guard/check"), ("GET", "/v1/responses/cxr-1"), ("DELETE", "/v1/responses/cxr-1"),
        ("GET", "/v1/models"), ("POST", "/v1/embeddings"), ("GET", "/v1/files"), ("POST", "/v1/audio/speech"),
        ("GET", "/v1/images/1"), ("POST", "/openai/deployments/d/chat/completions"),
        ("POST", "/openai/deployments/d/embeddings"), ("GET", "/v1/unknown"), ("GET", "/"), ("GET", "/admin"),
        ("GET", "//v1//models"), ("GET", "/v1/models/"), ("GET", "/healthz/../v1/models"),
        ("OPTIONS", "/v1/models"), ("PUT", "/v1/chat/completions"), ("HEAD", "/v1/models"),
        ("GET", "/healthzx"), ("GET", "/readyz/v1"),
    ],
)  # fmt: skip
def test_no_door_forgets_to_ask(house: House, method: str, path: str) -> None:
    """Over a socket, since clients tidy a path before they send it."""
    status = asked_raw(house, f"{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{{}}")
    assert status == 401


def asked_raw(house: House, request: str) -> int:
    host, port = house.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            request.replace("\r\n", f"\r\nx-forwarded-for: {next(_addresses)}\r\n", 1).encode()
        )
        return int(connection.recv(4096).split()[1])


def test_alive_and_ready_are_open_and_tell_no_names(house: House) -> None:
    assert httpx.get(house.url + "/healthz").status_code == 200
    anonymous = httpx.get(house.url + "/readyz")
    assert anonymous.json() == {"status": "ready", "ledger": "ok"}
    assert httpx.get(house.url + "/readyz", headers=house.bearer("acme")).json() == anonymous.json()
    full = httpx.get(house.url + "/readyz", headers=house.bearer("metrics")).json()
    assert full["corpus"]["documents"] == 1 and set(full["tenants"]) == {"acme", "globex"}


def test_metrics_are_open_here_and_to_their_scope_elsewhere(house: House) -> None:
    address = house.url + "/metrics"
    assert httpx.get(address).status_code == 200
    for header in ("x-forwarded-for", "forwarded", "x-real-ip"):
        for origin in ("203.0.113.7", "127.0.0.1"):  # the latter is what somebody else would like to seem
            assert is_invalid_key(httpx.get(address, headers={header: origin}))
    passed_on = {"x-forwarded-for": "203.0.113.7"}
    assert httpx.get(address, headers=house.bearer("metrics", **passed_on)).status_code == 200
    assert httpx.get(address, headers=house.bearer("usual")).status_code == 403


CHAT = ("POST", "/v1/chat/completions")
CHECK = ("POST", "/v1/guard/check")
MODELS = ("GET", "/v1/models")
FILES = ("GET", "/v1/files/file-1")
IMAGES = ("GET", "/v1/images/1")
METRICS = ("GET", "/metrics")
KEPT = ("GET", "/v1/responses/cxr-1")
POLICIES = ("GET", "/v1/policies/documents")
TRY = ("POST", "/v1/policies/try")
CONTACTS = ("POST", "/v1/contacts")
CASES = ("GET", "/v1/escalations")
TIMELINE = ("GET", "/v1/customers/c-1/timeline")


@pytest.mark.parametrize(
    "which", ["usual", "chat", "check", "provider", "metrics", "policies", "contacts", "escalations"]
)
def test_a_key_opens_the_doors_of_its_scopes_and_no_other(house: House, which: str) -> None:
    opens = {
        "usual": {CHAT, CHECK, MODELS, KEPT},
        "chat": {CHAT, MODELS, KEPT},
        "check": {CHECK},
        "provider": {FILES, IMAGES},
        "metrics": {METRICS},
        "policies": {POLICIES, TRY},
        "contacts": {CONTACTS, TIMELINE},
        "escalations": {CASES},
    }
    for door in (
        CHAT, CHECK, MODELS, FILES, IMAGES, METRICS, KEPT, POLICIES, TRY, CONTACTS, TIMELINE, CASES
    ):  # fmt: skip
        method, path = door
        body = {"answer": "Yes.", "model": "m", "messages": [{"role": "user", "content": "?"}]}
        sent = {"answer": body["answer"]} if door in (CHECK, TRY) else body
        # A client cannot say what it may do.
        claimed = "chat check provider metrics policies:read contacts escalations"
        headers = house.bearer(which, **{"x-cxai-scope": claimed})
        response = httpx.request(
            method, house.url + path, json=sent if method == "POST" else None, headers=headers, timeout=30
        )
        assert (response.status_code == 403) == (door not in opens[which]), (door, response.text)
        if response.status_code == 403:
            assert response.json()["error"]["code"] == "insufficient_scope"


def test_the_official_client_gets_its_own_exceptions(house: House) -> None:
    def client(key: str) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{house.url}/v1", api_key=key, max_retries=0)

    assert client(house.keys["usual"]).models.list() is not None
    with pytest.raises(openai.AuthenticationError) as refused:
        client("sk-nobody").models.list(extra_headers=from_another_address())
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(openai.PermissionDeniedError):
        client(house.keys["check"]).models.list()
    azure = openai.AzureOpenAI(
        azure_endpoint=house.url, api_key=house.keys["usual"], api_version="2024-10-21"
    )
    azure.chat.completions.create(model="d", messages=[{"role": "user", "content": "?"}])
    assert "cxai" not in json.dumps(house.providers["default"].headers[-1])


@pytest.mark.parametrize("stream", [False, True])
def test_the_key_is_in_no_record_and_no_log(
    house: House, capfd: pytest.CaptureFixture[str], stream: bool
) -> None:
    house.chat(house.bearer("usual"), stream=stream).read()
    no_key(house, {"authorization": f"Bearer {house.keys['revoked']}"})
    no_key(house, {"authorization": f"Bearer {house.keys['usual']}x"})
    out = "".join(capfd.readouterr())
    assert "access refused" in out
    folder = Path(house.database_url.removeprefix("sqlite:///")).parent
    kept = b"".join(path.read_bytes() for path in folder.glob("ledger.db*"))
    for key in house.keys.values():
        secret = key.split("_")[2]
        assert secret not in out and secret.encode() not in kept
        assert key.split("_")[1].encode() in kept


def test_an_address_that_keeps_failing_is_told_to_wait_and_a_right_key_is_not(house: House) -> None:
    before, address = house.refused("invalid"), "198.51.100.1"
    responses = [no_key(house, {"x-cxai-key": "cxai_x"}, address)]
    while responses[-1].status_code == 401 and len(responses) < 10 * FAILURES_AT_ONCE:
        responses.append(no_key(house, {"x-cxai-key": "cxai_x"}, address))
    assert len(responses) > FAILURES_AT_ONCE and responses[-1].status_code == 429
    assert int(responses[-1].headers["retry-after"]) >= 1
    assert responses[-1].json()["error"]["type"] == "rate_limit_error"
    assert house.chat(house.bearer("usual", **{"x-forwarded-for": address})).status_code == 200
    assert house.refused("invalid") == before + len(responses)


def test_nobody_is_sent_anywhere_but_to_the_configured_provider(house: House) -> None:
    """Neither by a redirect, nor by a Host, a whole address in the request line, or a path that leads elsewhere."""
    default, acme = house.providers["default"], house.providers["acme"]
    default.replies = [Reply(status=307, body=b"{}", headers={"location": "http://127.0.0.1:9/v1/models"})]
    try:
        assert house.chat(house.bearer("usual")).status_code == 502
        passed = httpx.get(house.url + "/v1/models", headers=house.bearer("usual"))
        assert passed.status_code == 502 and "location" not in passed.headers
    finally:
        default.answers("Hello!")
    asked, elsewhere = len(default.paths), len(acme.paths)
    key = f"authorization: Bearer {house.keys['usual']}\r\n\r\n"
    for line in (
        "GET http://evil.example/v1/models HTTP/1.1\r\nhost: evil.example",
        "GET /v1/models HTTP/1.1\r\nhost: e",
    ):
        assert asked_raw(house, f"{line}\r\nx-cxai-upstream: http://evil.example\r\n{key}") == 200
    assert default.paths[asked:] == ["/v1/models"] * 2 and len(acme.paths) == elsewhere
    for path in ("/v1/models/%2e%2e/%2e%2e/admin", "/v1/models/..%2fadmin", "/v1/models/..;/x"):
        assert asked_raw(house, f"GET {path} HTTP/1.1\r\nhost: x\r\n{key}") == 400
    assert len(default.paths) == asked + 2


def test_the_provider_is_not_told_what_a_kept_answers_key_was(house: House) -> None:
    house.providers["default"].replies = [provided.whole(provided.message("Hello!"))]
    try:
        client = openai.OpenAI(base_url=f"{house.url}/v1", api_key=house.keys["usual"], max_retries=0)
        made = client.responses.create(model="m", input="Hi")
        kept = client.responses.retrieve(made.id)
    finally:
        house.providers["default"].answers("Hello!")
    assert kept.output_text == made.output_text
    assert "cxai" not in json.dumps(house.providers["default"].headers[-1])
    # Another key of the same tenant goes on from it, so that a rotation ends no conversation.
    again = openai.OpenAI(base_url=f"{house.url}/v1", api_key=house.keys["chat"], max_retries=0)
    assert again.responses.retrieve(made.id).id == made.id


def test_each_door_names_its_scope(house: House) -> None:
    """One that names none would open to nobody: that is better found here."""
    app = create_app(house.settings)
    doors = [door for route in app.routes for door in getattr(route, "route_handlers", ())]
    named = [door for door in doors if "OPTIONS" not in door.http_methods]
    assert len(named) > 15 and all("scope" in door.opt for door in named)
