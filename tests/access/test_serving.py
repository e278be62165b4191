"""``cxai serve`` and ``cxai keys`` as real processes: who is let in, from the first start on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SHIPPED_CORPUS
from support.command_line import Cxai, command_line
from support.provider import Provider
from support.serving import served

START_S = 90
INHERITED = {name: value for name, value in os.environ.items() if not name.startswith("CXAI_")}


def database_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'cxai.db'}"


class Serving:
    """A proxy that runs; ``out`` is what it printed and ``log`` what it logged until now."""

    def __init__(self, folder: Path, arguments: tuple[object, ...], more: dict[str, str]) -> None:
        self._files = folder / "out", folder / "log"
        with self._files[0].open("w") as out, self._files[1].open("w") as log:
            fixed = (sys.executable, "-m", "proxy.cli", "serve", "--corpus", SHIPPED_CORPUS, "--port", 0)
            self.process = subprocess.Popen(
                [str(each) for each in (*fixed, *arguments)],
                cwd=folder,
                env={**INHERITED, "CXAI_DATABASE_URL": database_of(folder), "NO_PROXY": "*", **more},
                stdout=out,
                stderr=log,
            )
        self.url = self._address()

    @property
    def out(self) -> str:
        return self._files[0].read_text()

    @property
    def log(self) -> str:
        return self._files[1].read_text()

    def _address(self) -> str:
        deadline = time.monotonic() + START_S
        while not (found := re.search(r'"base_url": ?"(\w+)://[^:]+:(\d+)/v1"', self.log)):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log
            time.sleep(0.05)
        return f"{found[1]}://127.0.0.1:{found[2]}"

    def get(self, path: str, key: str = "", **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.get(self.url + path, headers=headers, timeout=30, **options)


@contextmanager
def serving(folder: Path, *arguments: object, **more: str) -> Iterator[Serving]:
    proxy = Serving(folder, arguments, more)
    try:
        deadline = time.monotonic() + START_S
        while True:
            try:
                proxy.get("/healthz", verify=False)
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield proxy
    finally:
        proxy.process.terminate()
        assert proxy.process.wait(timeout=60) == 0, proxy.log


@pytest.fixture
def upstream() -> Iterator[tuple[Provider, str]]:
    provider = Provider()
    with served(provider) as url:
        yield provider, f"{url}/v1"


@pytest.fixture
def here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logging_as_it_was: None,
) -> Cxai:
    """``cxai`` in this process, with the ledger that what serves in the folder has."""
    run = command_line(tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("CXAI_DATABASE_URL", database_of(tmp_path))
    return run


def test_without_keys_others_are_not_listened_to(here: Cxai) -> None:
    refused = here("serve", "--corpus", str(SHIPPED_CORPUS), "--host", "0.0.0.0", "--port", "0")
    assert refused.status == 2
    for way_out in ("cxai keys create", "CXAI_FIRST_KEY=auto", "127.0.0.1", "CXAI_REQUIRE_KEYS=false"):
        assert way_out in refused.err


def test_a_container_makes_its_first_key_once(
    tmp_path: Path, upstream: tuple[Provider, str], here: Cxai
) -> None:
    arguments = ("--host", "0.0.0.0", "--upstream", upstream[1])
    with serving(tmp_path, *arguments, CXAI_FIRST_KEY="auto") as proxy:
        (key,) = re.findall(r"cxai_[a-z0-9]{8}_[A-Za-z0-9]{40}", proxy.out)
        assert key not in proxy.log
        assert proxy.get("/v1/models").status_code == 401
        assert proxy.get("/v1/models", key).status_code == 200
    with serving(tmp_path, *arguments, CXAI_FIRST_KEY="auto") as again:
        assert "cxai_" not in again.out and again.get("/v1/models", key).status_code == 200
    (listed,) = here("keys", "list", "--json").json_lines()
    assert listed["prefix"] == key[5:13] and listed["last_used_at"] is not None
    assert key[14:] not in json.dumps(listed)


def test_whoever_wants_no_keys_has_to_say_so_and_it_is_logged(
    tmp_path: Path, upstream: tuple[Provider, str]
) -> None:
    arguments = ("--host", "0.0.0.0", "--upstream", upstream[1])
    with serving(tmp_path, *arguments, CXAI_REQUIRE_KEYS="false") as proxy:
        assert proxy.get("/v1/models").status_code == 200
        assert "whoever reaches the proxy may ask" in proxy.log


def test_keys_are_made_changed_and_ended_while_it_runs(
    tmp_path: Path, upstream: tuple[Provider, str], here: Cxai
) -> None:
    with serving(tmp_path, "--upstream", upstream[1]) as proxy:
        assert "nobody else" in proxy.log
        assert proxy.get("/v1/models").status_code == 200, "on loopback, and without keys, it is open"
        made = here("keys", "create", "website", "--scope", "chat")
        key = made.out.strip()
        assert "not shown again" in made.err
        assert waited_s(lambda: proxy.get("/v1/models").status_code == 401) < 4
        assert proxy.get("/v1/models", key).status_code == 200

        rotated = json.loads(here("keys", "rotate", key[:20], "--overlap", "1h", "--json").out)
        assert waited_s(lambda: proxy.get("/v1/models", rotated["key"]).status_code == 200) < 4
        assert proxy.get("/v1/models", key).status_code == 200
        assert rotated["replaces"] == key[5:13] and rotated["scopes"] == ["chat"]

        assert here("keys", "revoke", rotated["prefix"]).status == 0
        # Two seconds are promised; a busy machine gets two more.
        assert waited_s(lambda: proxy.get("/v1/models", rotated["key"]).status_code == 401) < 4
        assert proxy.get("/v1/models", key).status_code == 200
        assert not {key[14:], rotated["key"][14:]} & {word for word in re.findall(r"\w{40}", proxy.log)}


def waited_s(holds: Any) -> float:
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < 30
        time.sleep(0.05)
    return time.monotonic() - started


def test_https_by_two_flags(tmp_path: Path, upstream: tuple[Provider, str], here: Cxai) -> None:
    import ssl

    import trustme

    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    files = ("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    with serving(tmp_path, "--upstream", upstream[1], *files) as proxy:
        assert proxy.url.startswith("https://")
        assert proxy.get("/v1/models", verify=trusting).status_code == 200
        long = {"h": "x" * 400_000}
        with pytest.raises(
            httpx.HTTPError
        ):  # the head was refused while it arrived, and the connection closed
            httpx.get(proxy.url + "/healthz", headers=long, verify=trusting).raise_for_status()
    half = here("serve", "--corpus", str(SHIPPED_CORPUS), "--tls-cert", str(tmp_path / "cert.pem"))
    assert half.status == 2 and "--tls-key" in half.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create", "x", "--scope", "everything"), '--scope: "everything" is none; there are chat'),
        (("create", "x", "--tenant", "nobody"), 'there is no tenant "nobody"'),
        (("create", "x", "--expires", "soon"), '--expires: "soon" is no length of time'),
        (("create", "x", "--expires", "999999999w"), "is no length of time"),
        (("revoke", "nosuchky"), 'there is no key "nosuchky"'),
        (("rotate", "nosuchky"), 'there is no key "nosuchky"'),
    ],
)
def test_what_cannot_be_done_is_said(here: Cxai, arguments: tuple[str, ...], message: str) -> None:
    if arguments[0] != "create":
        assert here("keys", "create", "x").status == 0
    refused = here("keys", *arguments)
    assert refused.status == 2 and message in refused.err and "Traceback" not in refused.err


def test_the_list_shows_what_each_key_is(here: Cxai) -> None:
    limits = ("--requests-per-minute", "60", "--concurrency", "4", "--expires", "90d")
    text = here("keys", "create", "the website", *limits).out.strip()
    shown = here("keys", "list").out
    for part in (text[5:13], "the website", "chat check", "valid", "60 a minute", "4 at once"):
        assert part in shown
    assert text[14:] not in shown
