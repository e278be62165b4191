"""``cxai serve`` as a real process: what a crash, a stop and a retry leave behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from conftest import SHIPPED_CORPUS
from support.command_line import command_line
from support.people import console_client, signed_in_as
from support.provider import Provider, Reply
from support.serving import served

from proxy.access.people.roles import Role
from proxy.app import create_app
from proxy.ledger.ledger import Ledger
from proxy.settings import Settings

CXAI = Path(sys.executable).parent / "cxai"
INHERITED = dict(os.environ)
ACTION = "I have refunded $450 to your credit card."


@dataclass(slots=True)
class Process:
    process: subprocess.Popen[str]
    url: str
    log: list[str]
    reading: threading.Thread


def database_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'cxai.db'}"


def start(upstream: str, folder: Path, *options: str, **environment_too: str) -> Process:
    command = [CXAI, "serve", "--upstream", f"{upstream}/v1", "--corpus", SHIPPED_CORPUS, "--port", "0"]
    command += options
    environment = {**INHERITED, "CXAI_DATABASE_URL": database_of(folder), **environment_too}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    log: list[str] = []
    reading = threading.Thread(target=lambda: log.extend(process.stderr or ()), daemon=True)
    reading.start()
    return Process(process, listening(process, log), log, reading)


def listening(process: subprocess.Popen[str], log: list[str]) -> str:
    """The address that the log names, once the proxy is ready."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r'"base_url": ?"(http://[^"]+)/v1"', "".join(log))
        if found:
            wait_ready(found[1])
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the proxy did not start: {''.join(log)}")


def wait_ready(url: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(url + "/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the proxy did not become ready")


Told = Callable[..., str]


@pytest.fixture
def cxai(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logging_as_it_was: None
) -> Told:
    """What a command prints, in this process, of the ledger of what serves in the folder."""

    def told(*arguments: str, folder: Path) -> str:
        run = command_line(folder, monkeypatch, capsys)
        monkeypatch.setenv("CXAI_DATABASE_URL", database_of(folder))
        ran = run(*arguments)
        assert ran.status == 0, ran.err
        return ran.out

    return told


@pytest.fixture
def provider() -> Iterator[tuple[Provider, str]]:
    provider = Provider()
    with served(provider) as url:
        yield provider, url


def ask(url: str, **options: Any) -> httpx.Response:
    body = {"model": "m", "messages": [{"role": "user", "content": "Where is my money?"}], **options}
    return httpx.post(
        f"{url}/v1/chat/completions", json=body, timeout=30, headers={"x-cxai-conversation-id": "c1"}
    )


def test_an_escalation_survives_kill_9(provider: tuple[Provider, str], tmp_path: Path, cxai: Told) -> None:
    provider[0].answers(ACTION)
    running = start(provider[1], tmp_path)
    ref = ask(running.url).json()["cxai"]["escalation"]["ref"]
    running.process.send_signal(signal.SIGKILL)
    running.process.wait()
    (case,) = [json.loads(line) for line in cxai("escalations", "--json", folder=tmp_path).splitlines()]
    assert case["ref"] == ref and case["status"] == "open"

    again = start(provider[1], tmp_path)
    try:
        assert ask(again.url).json()["cxai"]["escalation"]["ref"] == ref
    finally:
        again.process.terminate()
        again.process.wait()


def test_sigterm_lets_an_open_stream_end(provider: tuple[Provider, str], tmp_path: Path) -> None:
    provider[0].replies = [Reply(("You must apply before you travel. " * 5,), chunk_delay_s=0.02)]
    running = start(provider[1], tmp_path)
    client = openai.OpenAI(base_url=f"{running.url}/v1", api_key="x", max_retries=0)
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Bereavement?"}], stream=True
    )
    text = ""
    for count, chunk in enumerate(stream):
        if count == 2:
            running.process.send_signal(signal.SIGTERM)
        text += chunk.choices[0].delta.content or ""
    assert text.count("apply before") == 5
    assert running.process.wait(timeout=30) == 0


def test_commands_that_run_beside_it_read_the_same_settings_file(
    provider: tuple[Provider, str], tmp_path: Path
) -> None:
    (tmp_path / "ours.yaml").write_text(
        f"tenants: {{acme: {{corpus: {SHIPPED_CORPUS}}}}}\n", encoding="utf-8"
    )
    running = start(provider[1], tmp_path, "--config", "ours.yaml")
    try:
        with Ledger.open(f"sqlite:///{tmp_path / 'cxai.db'}") as ledger:
            token = signed_in_as(ledger, Role.LEAD, tenant="acme")
        with console_client(running.url, token) as client:
            scorecard = client.get("/console/lead/one-standard", timeout=120)
        assert scorecard.status_code == 200, scorecard.text
    finally:
        running.process.terminate()
        running.process.wait()


def test_the_official_clients_own_retry_makes_no_second_case(
    provider: tuple[Provider, str], tmp_path: Path, cxai: Told
) -> None:
    # The first answer breaks off after the case was made: the client repeats the request by itself.
    provider[0].replies = [Reply(status=503, body=b"{}"), Reply((ACTION,)), Reply((ACTION,))]
    running = start(provider[1], tmp_path)
    try:
        client = openai.OpenAI(base_url=f"{running.url}/v1", api_key="x", max_retries=2)
        for _ in range(2):
            client.chat.completions.create(
                model="m",
                messages=[{"role": "user", "content": "Where is my money?"}],
                extra_headers={"x-cxai-conversation-id": "c2"},
            )
        cases = cxai("escalations", "--json", folder=tmp_path).splitlines()
        assert len(provider[0].requests) == 3 and len(cases) == 1
    finally:
        running.process.terminate()
        running.process.wait()


@dataclass(frozen=True, slots=True)
class Ended:
    """A proxy that answered one question and was told to stop: the answer, other pages, and what it logged."""

    folder: Path
    response: httpx.Response
    pages: list[httpx.Response]
    log: list[str]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder, provider = tmp_path_factory.mktemp("served"), Provider()
    provider.answers("You must apply before you travel.")
    # What libraries warn of today fails with one of their next releases.
    strict = "error::DeprecationWarning,error::PendingDeprecationWarning"
    with served(provider) as upstream:
        running = start(upstream, folder, PYTHONWARNINGS=strict)
        response = httpx.post(
            f"{running.url}/v1/chat/completions",
            json={"model": "m", "messages": [{"role": "user", "content": "My secret question"}]},
            headers={"authorization": "Bearer sk-very-secret-key"},
            timeout=30,
        )
        pages = [httpx.get(running.url + path) for path in ("/console/sign-in", "/healthz", "/nothing")]
        running.process.terminate()
        running.process.wait()
        running.reading.join()
    return Ended(folder, response, pages, running.log)


def test_logs_are_json_with_trace_ids_and_without_secrets(ended: Ended) -> None:
    lines = [json.loads(line) for line in ended.log]
    decided = [line for line in lines if line["event"] == "answer decided"]
    assert decided[0]["trace_id"] == ended.response.headers["x-cxai-trace-id"]
    assert "sk-very-secret-key" not in "".join(ended.log)
    assert "My secret question" not in "".join(ended.log)


def test_the_text_in_force_can_be_read_again(ended: Ended, cxai: Told) -> None:
    version = ended.response.json()["cxai"]["corpus_version"]
    listed = [
        json.loads(line)
        for line in cxai("corpus", "show", version, "--json", folder=ended.folder).splitlines()
    ]
    assert {"airline/bereavement-fares", "telecom/complaints"} <= {row["document"] for row in listed}
    assert "airline/staff/goodwill-guidelines" not in {row["document"] for row in listed}
    shown = cxai("corpus", "show", version, "airline/bereavement-fares", folder=ended.folder)
    assert shown == (SHIPPED_CORPUS / "airline/bereavement-fares.md").read_text(encoding="utf-8")


def test_nothing_that_a_start_needs_is_about_to_go(ended: Ended) -> None:
    assert [ended.response.status_code, *(page.status_code for page in ended.pages)] == [200, 200, 200, 404]
    assert "Deprecat" not in "".join(ended.log)


def test_no_answer_tells_what_serves_it(ended: Ended) -> None:
    for answer in (ended.response, *ended.pages):
        assert not {"server", "x-powered-by"} & set(answer.headers)


def test_the_model_of_languages_is_read_without_being_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = threading.Event()
    monkeypatch.setattr("proxy.running.read_model", read.set)
    monkeypatch.setattr("proxy.running.SETTLED_AFTER_S", 0.0)
    settings = Settings(corpus=SHIPPED_CORPUS, database_url=f"sqlite:///{tmp_path / 'ledger.db'}")
    with served(create_app(settings)):
        assert read.wait(30)
