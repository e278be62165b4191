"""What passes unchecked passes byte for byte and says so; what is not on the list is refused with the list."""

from __future__ import annotations

import gzip
import hashlib
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from conftest import StartProxy
from support.mirror import Mirror
from support.serving import served

from proxy.settings import Settings
from proxy.wire.dialects.registry import DIALECTS
from proxy.wire.passthrough import PASSED

DOCS = Path(__file__).parents[2] / "docs" / "api.md"

JPEG = b"\xff\xd8\xff\x00\x1f\x8b"


@dataclass(frozen=True)
class Mirrored:
    url: str
    mirror: Mirror

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        return httpx.request(method, self.url + path, timeout=30, **options)  # type: ignore[arg-type]


@pytest.fixture
def start_mirrored(start_proxy: StartProxy):  # type: ignore[no-untyped-def]
    mirror = Mirror()
    with served(mirror) as upstream:

        def start(**settings: object) -> Mirrored:
            return Mirrored(start_proxy(upstream=f"{upstream}/v1", **settings).url, mirror)

        yield start


@pytest.fixture
def mirrored(start_mirrored) -> Mirrored:  # type: ignore[no-untyped-def]
    return start_mirrored()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models"),
        ("GET", "/v1/models/ft:gpt-4o:acme::id"),
        ("GET", "/v1/models/meta-llama/Llama-3"),
        ("POST", "/v1/embeddings"),
        ("POST", "/v1/moderations"),
        ("GET", "/v1/files?limit=2&order=asc&order=desc"),
        ("POST", "/v1/files"),
        ("GET", "/v1/files/file-1/content"),
        ("DELETE", "/v1/files/file-1"),
        ("POST", "/v1/audio/speech"),
        ("POST", "/v1/audio/transcriptions"),
    ],
)
def test_the_list_passes_both_ways_and_is_marked(mirrored: Mirrored, method: str, path: str) -> None:
    mirror = mirrored.mirror
    mirror.status, mirror.pieces = 203, [JPEG, b"", b" \n"]
    mirror.headers = {"content-type": "image/x; a=b", "etag": '"1"', "x-request-id": "r-1"}
    body = b'{"a" :1, "a":2}\xff' if method == "POST" else None
    response = mirrored.ask(method, path, content=body, headers={"content-type": "text/odd; x=1"})
    assert (response.status_code, response.content) == (203, JPEG + b" \n")
    assert response.headers["content-type"] == "image/x; a=b"
    assert response.headers["etag"] == '"1"' and response.headers["x-request-id"] == "r-1"
    assert response.headers["x-cxai-verified"] == "no"
    assert response.headers["x-cxai-unverified-reason"] == "not_an_answer"
    assert len(response.headers["x-cxai-trace-id"]) == 32
    (seen,) = mirror.seen
    asked = seen["path"] + (f"?{seen['query']}" if seen["query"] else "")
    assert (seen["method"], asked, seen["body"]) == (method, path, body or b"")
    assert seen["headers"]["content-type"] == "text/odd; x=1"


def test_nothing_of_ours_goes_to_the_provider(mirrored: Mirrored) -> None:
    ours = {"x-cxai-customer-id": "42", "x-cxai-audience": "staff", "baggage": "a=b", "cookie": "s=1"}
    mirrored.ask("POST", "/v1/embeddings", json={}, headers={**ours, "authorization": "Bearer own"})
    headers = mirrored.mirror.seen[0]["headers"]
    assert (
        not {name for name in headers if name.startswith("x-cxai-")}
        and not {"baggage", "cookie"} & headers.keys()
    )
    assert headers["authorization"] == "Bearer own"


def test_what_the_provider_says_of_us_or_of_its_own_site_is_not_passed_on(mirrored: Mirrored) -> None:
    mirrored.mirror.headers = {
        "x-cxai-verified": "yes",
        "set-cookie": "a=b",
        "access-control-allow-origin": "*",
    }
    headers = mirrored.ask("GET", "/v1/models").headers
    assert headers.get_list("x-cxai-verified") == ["no"]
    assert "set-cookie" not in headers and "access-control-allow-origin" not in headers


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_of_the_provider_is_an_error_and_leads_no_client_away(
    mirrored: Mirrored, status: int
) -> None:
    """A client would follow it, and take its key for the proxy along."""
    mirrored.mirror.status, mirrored.mirror.headers = status, {"location": "http://127.0.0.1:9/v1/elsewhere"}
    response = mirrored.ask("POST", "/v1/embeddings", json={}, follow_redirects=True)
    assert (response.status_code, response.history) == (502, [])
    error = response.json()["error"]
    assert (error["code"], error["message"]) == (
        "upstream_rejected",
        f"The model provider answered with HTTP {status}.",
    )
    assert "location" not in response.headers


@pytest.mark.parametrize("status", [201, 304])
def test_an_address_of_the_provider_is_told_in_no_other_answer_either(
    mirrored: Mirrored, status: int
) -> None:
    mirrored.mirror.status, mirrored.mirror.pieces = status, []
    mirrored.mirror.headers = {"location": "http://127.0.0.1:9/v1/elsewhere", "etag": '"1"'}
    response = mirrored.ask("GET", "/v1/models")
    assert (response.status_code, response.headers["etag"]) == (status, '"1"')
    assert "location" not in response.headers


def test_the_proxys_key_and_query_count_here_too(start_mirrored) -> None:  # type: ignore[no-untyped-def]
    mirrored = start_mirrored(upstream_api_key="ours", upstream_query="api-version=1&a=b")
    mirrored.ask("GET", "/v1/models?a=c&a=d")
    seen = mirrored.mirror.seen[0]
    assert (seen["headers"]["authorization"], seen["query"]) == ("Bearer ours", "api-version=1&a=c&a=d")


def test_errors_of_the_provider_pass_as_they_are(mirrored: Mirrored) -> None:
    mirrored.mirror.status, mirrored.mirror.pieces = 429, [b"<h1>slow down</h1>"]
    mirrored.mirror.headers = {"content-type": "text/html", "retry-after": "7"}
    response = mirrored.ask("POST", "/v1/embeddings", json={})
    assert (response.status_code, response.content) == (429, b"<h1>slow down</h1>")
    assert response.headers["retry-after"] == "7"


def test_a_packed_body_stays_packed_both_ways(mirrored: Mirrored) -> None:
    packed = gzip.compress(b'{"data": []}')
    mirrored.mirror.pieces = [packed]
    mirrored.mirror.headers = {"content-encoding": "gzip", "content-length": str(len(packed))}
    sent = {"content-encoding": "gzip", "accept-encoding": "gzip"}
    with httpx.stream("POST", mirrored.url + "/v1/embeddings", content=packed, headers=sent) as response:
        assert b"".join(response.iter_raw()) == packed
        assert response.headers["content-length"] == str(len(packed))
    assert mirrored.mirror.seen[0]["body"] == packed
    assert mirrored.mirror.seen[0]["headers"]["content-encoding"] == "gzip"
    assert mirrored.mirror.seen[0]["headers"]["accept-encoding"] == "gzip"


def test_the_official_client_uploads_a_file(mirrored: Mirrored) -> None:
    mirrored.mirror.pieces = [b'{"id": "file-1", "object": "file"}']
    client = openai.OpenAI(base_url=f"{mirrored.url}/v1", api_key="k", max_retries=0)
    assert client.files.create(file=("a.jsonl", b"\x00\r\n--x", "text/x"), purpose="batch").id == "file-1"
    seen = mirrored.mirror.seen[0]
    assert seen["headers"]["content-type"].startswith("multipart/form-data; boundary=")
    assert b"\x00\r\n--x" in seen["body"] and b'name="purpose"' in seen["body"]
    assert seen["size"] == int(seen["headers"]["content-length"])


def test_a_large_upload_and_download_take_little_memory(start_mirrored) -> None:  # type: ignore[no-untyped-def]
    mirrored = start_mirrored(max_body_bytes=1024, max_answer_bytes=1024)
    piece, count = b"x" * 65_536, 1_000
    mirrored.mirror.pieces = [piece] * count
    digest = hashlib.sha256()

    def upload() -> Iterator[bytes]:
        for _ in range(count):
            yield piece

    tracemalloc.start()
    with httpx.stream("POST", mirrored.url + "/v1/files", content=upload(), timeout=60) as response:
        for part in response.iter_raw():
            digest.update(part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    expected = hashlib.sha256(piece * count).hexdigest()
    assert digest.hexdigest() == mirrored.mirror.seen[0]["sha256"] == expected
    assert peak < 16_000_000


def test_a_client_that_reads_slowly_slows_the_provider(mirrored: Mirrored) -> None:
    piece, count = b"x" * 65_536, 2_000
    mirrored.mirror.pieces = [piece] * count
    with httpx.stream("GET", mirrored.url + "/v1/files/f/content", timeout=60) as response:
        pieces = response.iter_raw()
        next(pieces)
        time.sleep(1)
        held = mirrored.mirror.sent
        assert held < len(piece) * count / 2
        time.sleep(0.5)
        assert mirrored.mirror.sent == held
        assert sum(map(len, pieces)) > len(piece) * count / 2  # and goes on when the client does


@pytest.mark.parametrize("told", [True, False])
def test_an_answer_that_breaks_off_breaks_off_for_the_client(mirrored: Mirrored, told: bool) -> None:
    mirrored.mirror.pieces, mirrored.mirror.cut = [b"x" * 1000], True
    mirrored.mirror.headers = {"content-length": "5000"} if told else {}
    with pytest.raises(httpx.RemoteProtocolError):
        mirrored.ask("GET", "/v1/files/f/content")
    mirrored.mirror.cut, mirrored.mirror.headers = False, {}
    assert mirrored.ask("GET", "/v1/models").content == b"x" * 1000


def test_an_upstream_that_is_not_there_is_told(start_proxy: StartProxy) -> None:
    proxy = start_proxy(upstream="http://127.0.0.1:9/v1")
    response = httpx.get(proxy.url + "/v1/models")
    assert response.status_code == 502 and response.json()["error"]["code"] == "upstream_unreachable"


AZURE = "/openai/deployments/embed%20eu"


@pytest.mark.parametrize("below", ["/openai", "/openai/deployments/another"])
@pytest.mark.parametrize("path", ["/embeddings", "/audio/transcriptions", "/audio/speech"])
def test_azures_paths_pass_byte_for_byte_to_an_azure_upstream(
    start_proxy: StartProxy, below: str, path: str
) -> None:
    mirror = Mirror(pieces=[JPEG])
    with served(mirror) as upstream:
        url = start_proxy(upstream=upstream + below, upstream_query="api-version=1&tier=a").url
        body, headers = b'{"a" :1}\xff', {"api-key": "azure", "content-type": "text/odd; x=1"}
        response = httpx.post(f"{url}{AZURE}{path}?api-version=2", content=body, headers=headers)
        counted = httpx.get(f"{url}/metrics").text
    assert (response.content, response.headers["x-cxai-verified"]) == (JPEG, "no")
    assert response.headers["x-cxai-unverified-reason"] == "not_an_answer"
    assert len(response.headers["x-cxai-trace-id"]) == 32
    assert 'endpoint="POST /openai/deployments/{deployment:str}/' in counted
    (seen,) = mirror.seen
    assert (seen["path"], seen["query"], seen["body"]) == (AZURE + path, "tier=a&api-version=2", body)
    assert (seen["headers"]["api-key"], seen["headers"]["content-type"]) == ("azure", "text/odd; x=1")


def test_the_azure_sdk_embeds_and_transcribes_before_another_provider(mirrored: Mirrored) -> None:
    sdk = openai.AzureOpenAI(azure_endpoint=mirrored.url, api_key="k", api_version="2", max_retries=0)
    mirrored.mirror.pieces = [b'{"object": "list", "data": [{"embedding": [0.5], "index": 0}], "model": "m"}']
    answer = sdk.embeddings.create(model="embed-eu", input="x", encoding_format="float")
    assert answer.data[0].embedding == [0.5]
    mirrored.mirror.pieces = [b'{"text": "hello"}']
    assert sdk.audio.transcriptions.create(model="hear-eu", file=("a.wav", b"\x00\xff")).text == "hello"
    embedded, heard = mirrored.mirror.seen
    assert (embedded["path"], embedded["query"]) == ("/v1/embeddings", "")
    assert b"embed-eu" in embedded["body"] and embedded["headers"]["authorization"] == "Bearer k"
    assert heard["path"] == "/v1/audio/transcriptions" and b"\x00\xff" in heard["body"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{AZURE}/embeddings", 405),
        ("POST", f"{AZURE}/images/generations", 404),
        ("POST", "/openai/deployments/%252e%252e/embeddings", 400),
        ("POST", f"{AZURE}/audio/%252e%252e/chat/completions", 400),
        ("POST", f"{AZURE}/audio/..%5c..%5cchat/completions", 400),
    ],
)
def test_azures_paths_open_no_way_around(mirrored: Mirrored, method: str, path: str, status: int) -> None:
    url = httpx.URL(mirrored.url).copy_with(raw_path=path.encode())
    assert httpx.request(method, url).status_code == status and not mirrored.mirror.seen


@pytest.mark.parametrize(
    "path",
    [
        "/v1/assistants",
        "/v1/chat/other",
        "/v1/images/generations",
        "/v1/batches",
        "/v1/realtime",
        "/v1/models2",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_everything_else_is_refused_with_what_there_is(mirrored: Mirrored, path: str, method: str) -> None:
    response = mirrored.ask(method, path)
    error = response.json()["error"]
    assert response.status_code == 404
    assert (error["type"], error["code"]) == ("not_found_error", "unknown_url")
    for name in ("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "pass_through"):
        assert name in error["message"]
    assert not mirrored.mirror.seen


@pytest.mark.parametrize(
    "path",
    [
        "/v1/files/../chat/completions",
        "/v1/files/%2e%2e/chat/completions",
        "/v1/files/%252e%252e/chat/completions",
        "/v1/files/..%2fchat/completions",
        "/v1/files/..%252fchat/completions",
        "/v1/files/..%5cchat/completions",
        "/v1/files/..;/chat/completions",
        "/v1/audio/./../chat/completions",
    ],
)
def test_no_path_leads_around_the_guarded_doors(mirrored: Mirrored, path: str) -> None:
    address = urlsplit(mirrored.url)
    connection = HTTPConnection(address.hostname or "", address.port)  # httpx would tidy the path up
    connection.request("POST", path, body=b'{"model": "m", "messages": [{"role": "user", "content": "x"}]}')
    assert connection.getresponse().status in (400, 404)
    connection.close()
    assert not mirrored.mirror.seen


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/v1/models/m"), ("GET", "/v1/embeddings"), ("PUT", "/v1/files")]
)
def test_methods_that_are_not_on_the_list_do_not_pass(mirrored: Mirrored, method: str, path: str) -> None:
    assert mirrored.ask(method, path).status_code == 405
    assert not mirrored.mirror.seen


def test_the_operator_lets_more_pass(start_mirrored) -> None:  # type: ignore[no-untyped-def]
    mirrored = start_mirrored(pass_through=["images/*", "videos"])
    for method, path in [("POST", "/v1/images/generations"), ("PATCH", "/v1/videos")]:
        assert mirrored.ask(method, path).headers["x-cxai-verified"] == "no"
    assert [seen["path"] for seen in mirrored.mirror.seen] == ["/v1/images/generations", "/v1/videos"]
    assert "/v1/images/*" in mirrored.ask("GET", "/v1/batches").json()["error"]["message"]


def test_the_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXAI_PASS_THROUGH", "images/*, videos")
    assert Settings().pass_through == ("images/*", "videos")


@pytest.mark.parametrize(
    "path", ["chat/*", "chat/completions", "completions", "*", "/v1/images", "a/../b", "a/*/b", ""]
)
def test_the_setting_opens_no_way_around(path: str) -> None:
    with pytest.raises(ValueError, match="must"):
        Settings(pass_through=[path])


def test_every_door_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    guarded = [path.replace(":str", "") for dialect in DIALECTS for path in dialect.paths]
    assert not [path for path in guarded if f"POST {path}`" not in text]
    assert not [path for path in PASSED if f"`{path.replace(':str', '')}`" not in text]
