"""A process that is kept answers one command after another, and is begun anew where it has ended."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from proxy.console.children import Children
from proxy.console.problem import Problem
from proxy.console.warm import WarmProcess
from proxy.ledger.ledger import Ledger

VERSION = ("--version",)
WITHIN_S = 60.0
URL = "sqlite://"


def process_id(warm: WarmProcess) -> int | None:
    return None if warm._process is None else warm._process.pid


async def test_one_process_answers_one_command_after_another() -> None:
    warm = WarmProcess(URL)
    first = await warm.run(VERSION, WITHIN_S)
    began = process_id(warm)
    bad = await warm.run(("recovery", "lead", "--days", "none"), WITHIN_S)
    again = await asyncio.gather(*(warm.run(VERSION, WITHIN_S) for _ in range(3)))
    assert first.status == 0 and first.out.startswith("cxai ") and set(again) == {first}
    assert bad.status == 2 and "--days" in bad.err and bad.out == ""
    assert began is not None and process_id(warm) == began
    warm.end()


async def test_one_that_was_killed_is_begun_anew() -> None:
    warm = WarmProcess(URL)
    first = await warm.run(VERSION, WITHIN_S)
    assert warm._process is not None
    warm._process.kill()
    assert await warm.run(VERSION, WITHIN_S) == first
    warm.end()


async def test_one_that_nobody_asks_ends_by_itself() -> None:
    warm = WarmProcess(URL, idle_s=0.1)
    first = await warm.run(VERSION, WITHIN_S)
    assert warm._process is not None
    await asyncio.to_thread(warm._process.wait, 30)
    assert await warm.run(VERSION, WITHIN_S) == first
    warm.end()


async def test_its_libraries_are_read_before_anybody_asks() -> None:
    warm = WarmProcess(URL)
    warm.begin()
    began = process_id(warm)
    warm.begin()
    assert began is not None and (await warm.run(VERSION, WITHIN_S)).status == 0
    assert process_id(warm) == began
    warm.end()


def test_no_process_is_kept_for_a_library_that_is_not_installed() -> None:
    warm = WarmProcess(URL, "no_such_library.of_ours")
    warm.begin()
    assert process_id(warm) is None


async def test_nobody_gets_the_answer_to_another_question() -> None:
    """Who asks may go before the answer comes; it must not be taken for the next one's."""
    warm = WarmProcess(URL)
    await warm.run(VERSION, WITHIN_S)
    gone = asyncio.create_task(warm.run(("settings", "--help"), WITHIN_S))
    await asyncio.sleep(0.01)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert (await warm.run(VERSION, WITHIN_S)).out.startswith("cxai ")
    warm.end()


async def test_what_takes_too_long_is_ended() -> None:
    warm = WarmProcess(URL)
    with pytest.raises(TimeoutError):
        await warm.run(VERSION, 0.01)
    assert process_id(warm) is None


async def test_the_measures_come_from_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    Ledger.open(url).close()
    children = Children(url)
    (found,) = await children.rows("recovery", "lead", "--days", "7", "--json")
    assert found["divergences"] == [] and json.dumps(found["measures"])
    with pytest.raises(Problem, match="no tenant"):
        await children.rows("recovery", "lead", "--tenant", "nobody", "--json")
    children._kept["recovery"].end()
