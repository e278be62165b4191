"""No step of the event loop takes long, whatever is asked and answered: others' answers wait for each."""

from __future__ import annotations

import asyncio
import gc
import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SHIPPED_CORPUS, StartProxy
from support.load import TRUE, Load, NumberedProvider
from support.loop_time import timed_steps
from support.once import really_judged
from support.serving import served
from support.waiting import until

from proxy.app import create_app
from proxy.settings import Settings

pytestmark = pytest.mark.alone

MOST_S = 0.02
ANSWERS = 14
LIST = "\n".join(f"{number}. {TRUE}" for number in range(60))
CODE = "```\n" + "total = price + fee\n" * 5_000 + "```"
WHAT_IS_SAID = (TRUE, LIST, f"{TRUE} " * 8, CODE)
LONG = [{"role": "user", "content": "word " * 180_000}]
MANY = [
    {"role": "assistant" if at % 2 else "user", "content": "A message of the conversation. " * 20}
    for at in range(300)
]
CONTACTS = [
    {
        "key": f"k{at}",
        "customer_id": f"c-{at}",
        "kind": "note",
        "channel": "crm",
        "data": {"lines": [[1]] * 2_000},
    }
    for at in range(500)
]


def test_no_step_is_long_whatever_is_asked_and_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(SHIPPED_CORPUS, corpus)
    (tmp_path / "policies").mkdir()
    provider = NumberedProvider(says=lambda number: WHAT_IS_SAID[number % len(WHAT_IS_SAID)])
    with really_judged(), timed_steps(monkeypatch) as steps, served(provider) as upstream:
        settings = Settings(
            upstream=f"{upstream}/v1",
            corpus=corpus,
            policies=tmp_path / "policies",
            database_url=f"sqlite:///{tmp_path / 'ledger.db'}",
            log_level="error",
        )
        with served(create_app(settings), loop="asyncio", steps=steps) as url:
            asyncio.run(everything(Load(url, callers=4), corpus / "airline" / "pets.md"))
    print(steps)
    assert steps.count > 1_000
    assert steps.most_s < MOST_S, str(steps)


async def everything(load: Load, document: Path) -> None:
    """Long and short answers, streamed and whole; meanwhile long requests, reports, scrapes, a corpus that changes."""
    playing = asyncio.create_task(load.play())
    async with httpx.AsyncClient(base_url=load.url, timeout=120) as client:
        for messages in (LONG, MANY):
            assert (await client.post("/v1/chat/completions", json=question(messages))).status_code == 200
            document.write_text(document.read_text() + "\n\nParrots travel in the hold for a fee of $90.\n")
            assert (await client.get("/metrics")).status_code == 200
        assert (await client.post("/v1/contacts", json=CONTACTS)).status_code == 200
        while len(load.answers) < ANSWERS:
            await asyncio.sleep(0.1)
    load.stop()
    await playing


def question(messages: list[dict[str, str]]) -> dict[str, Any]:
    return {"model": "m", "messages": [*messages, {"role": "user", "content": "question 0"}]}


def test_what_stays_is_kept_from_the_garbage_collector(start_proxy: StartProxy) -> None:
    start_proxy()
    # It rests while documents are read, and a moment later while the console's pages are made: one look sees both.
    assert until(lambda: gc.isenabled() and gc.get_freeze_count() > 100_000, limit_s=20)
    took = []
    for _ in range(3):
        started = time.thread_time()
        gc.collect()
        took.append(time.thread_time() - started)
    assert min(took) < MOST_S
