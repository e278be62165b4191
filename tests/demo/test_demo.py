"""The demo from start to end: real servers, the official client, the shipped corpus and policies."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from proxy.demo.conversations import Conversation
from proxy.demo.run import run_demo

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "proxy.demo"]
# Its conversations have time limits, which other tests' work beside it would run into, and it takes the port that the
# README names.
pytestmark = pytest.mark.alone
QUIET = {name: value for name, value in os.environ.items() if name not in ("ONCE", "COLUMNS")}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    folder = tmp_path_factory.mktemp("elsewhere")
    environment = {**QUIET, "ONCE": "1", "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(COMMAND, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_every_conversation_ends_as_its_file_says(
    once: subprocess.CompletedProcess[str], conversations: tuple[Conversation, ...]
) -> None:
    assert once.returncode == 0, once.stdout + once.stderr
    assert f"All {len(conversations)} conversations ended as their file says." in once.stdout
    assert once.stderr == ""


def test_the_second_scene_tells_of_a_customer_who_is_not_ignored_twice(
    once: subprocess.CompletedProcess[str], story: tuple[Conversation, ...]
) -> None:
    assert f"All {len(story)} conversations ended as their file says." in once.stdout
    said, got, decided = (_column(once.stdout, number, "flag-is-set") for number in (2, 3, 6))
    assert said.strip() == "was not asked"
    assert "I can see that you already have a case with us." in got
    assert "rule never-ignored-twice" in decided
    live = re.search(r"Live after (\d+\.\d) s", _column(once.stdout, 1, "urgent-rule"))
    assert live and float(live[1]) <= 2


def test_the_table_shows_the_sentence_of_the_case_and_the_policy_that_decided(
    once: subprocess.CompletedProcess[str],
) -> None:
    said, got, decided = (_column(once.stdout, number, "moffatt") for number in (2, 3, 6))
    assert "[-If you need to travel immediately or have already travelled" in said
    assert "90 days" not in got
    assert "{+" in got
    assert "does not apply to requests for a reduced fare after travel has been completed" in decided
    assert "airline/bereavement-fares" in decided


def test_it_opens_with_a_link_to_the_console(once: subprocess.CompletedProcess[str]) -> None:
    begun, _, after = once.stdout.partition("Sending 12 conversations")
    assert re.search(r"http://127\.0\.0\.1:\d+/console/sign-in/link/\S{20,}", begun) and after


def _column(printed: str, number: int, conversation: str) -> str:
    """One cell of the printed table as running text; columns count from 1."""
    rows = re.split(r"^[├┡└].*$", printed, flags=re.MULTILINE)
    row = next(row for row in rows if f": {conversation})" in row)
    cells = [line.split("│")[number].strip() for line in row.splitlines() if line.startswith("│")]
    return re.sub(r"\s+", " ", " ".join(cells))


def test_nothing_is_left_behind(once: subprocess.CompletedProcess[str]) -> None:
    url = re.search(r"http://127\.0\.0\.1:\d+$", once.stdout, re.MULTILINE)
    assert url
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url.group()}/healthz")


def test_a_conversation_that_ends_otherwise_is_named_and_fails_the_demo(
    conversations: tuple[Conversation, ...],
) -> None:
    moffatt = conversations[0]
    wrong = replace(moffatt, expected=replace(moffatt.expected, decision="deliver"))
    console = Console(file=io.StringIO(), width=160)
    assert run_demo(console, once=True, conversations=[wrong], story=[]) == 1
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "DIFFERS  moffatt: decision is rewrite, not deliver" in printed


def heeding_ctrl_c() -> None:
    """Also where the tests run in a shell's background, which has its children ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_it_stays_up_until_ctrl_c_and_then_takes_the_proxy_along() -> None:
    environment = {**QUIET, "PYTHONUNBUFFERED": "1"}
    demo = subprocess.Popen(
        COMMAND,
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heeding_ctrl_c,
    )
    assert demo.stdout
    try:
        printed = ""
        while "removed at the end" not in printed:
            line = demo.stdout.readline()
            assert line, printed
            printed += line
        ready = re.search(r"curl -s (http://\S+)/v1/chat", printed)
        data = re.search(r"proxy's log: (\S+)", printed)
        assert ready and data
        assert httpx.get(f"{ready.group(1)}/readyz").status_code == 200
        waiting = re.search(r"(\d+) cases wait for a person", printed)
        assert waiting and int(waiting[1]) >= 3
        assert re.search(r"The usual numbers were green on \d+ of 60 days\. On day 3,", printed)
        failure = re.search(r"http://\S+/console/failures/FL-\S+", printed)
        assert failure
        with _signed_in(printed[waiting.end() :]) as browser:
            console = failure.group().partition("/failures/")[0]
            assert f"{console}/failures/lessons" in printed
            for page in (failure.group(), f"{console}/lead"):
                seen = browser.get(page)
                assert seen.status_code == 200 and "simulated" in seen.text.lower(), page
            lessons = browser.get(f"{console}/failures/lessons").text
            assert "1 lesson holds" in lessons and "1 lesson waits" in lessons
            assert "complaints-stay-with-people" in lessons and "Avery (simulated)" in lessons
        assert Path(data.group(1)).is_dir()
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) == 0
        assert not Path(data.group(1)).exists()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{ready.group(1)}/readyz")
    finally:
        demo.kill()
        demo.wait()


@contextmanager
def _signed_in(printed: str) -> Iterator[httpx.Client]:
    """As a browser on this machine does: the link shows a form, and the form signs in."""
    link = re.search(r"http://\S+/console/sign-in/link/\S+", printed)
    assert link
    with httpx.Client(follow_redirects=True) as browser:
        page = browser.get(link.group())
        form = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page.text))
        action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
        assert page.status_code == 200 and action
        signed_in = browser.post(page.url.join(action[1]), data=form, headers={"origin": _origin(page.url)})
        assert signed_in.status_code == 200 and "Demo reviewer" in signed_in.text
        yield browser


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"
