"""Several workers on one port: counts added up, nobody lost when one is killed, nobody left when all is over."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import httpx
import pytest
from support.load import Load, NumberedProvider, compare
from support.serving import served
from support.workers import Workers, start, until, workers

from proxy.ledger.ledger import Ledger

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers in /proc")


def test_one_killed_under_load_loses_no_record_and_no_label(tmp_path: Path, postgres_url: str) -> None:
    with served(NumberedProvider(chunk_delay_s=0.05)) as upstream:
        with workers(upstream, tmp_path, postgres_url) as running:
            load = Load(running.url, callers=6)
            asyncio.run(killing_one(running, load))
        with Ledger.open(postgres_url) as ledger:
            kept = compare(load.answers, ledger)
    print(dict(load.outcomes))
    assert len(load.answers) > 30 and sum(load.outcomes.values()) > load.outcomes["200"]
    assert (kept.lost, kept.mislabelled) == ([], [])
    assert running.process.returncode == 0


def connections(pid: int) -> int:
    """The sockets of a process: they are more where more requests are worked on."""
    return sum("socket:" in str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir())


async def killing_one(running: Workers, load: Load) -> None:
    """Kill one worker in the middle of the load, which goes on with the other until there are two again."""
    playing = asyncio.create_task(load.play())
    while len(load.answers) < 15:
        await asyncio.sleep(0.02)
    victim = max(running.pids(), key=connections)
    os.kill(victim, signal.SIGKILL)
    answered = len(load.answers)
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline and (len(load.answers) < answered + 15 or running.serving() < 3):
        await asyncio.sleep(0.05)
    load.stop()
    await playing
    assert running.serving() == 3 and victim not in running.pids()


def test_counts_are_added_up_and_outlive_their_worker(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'cxai.db'}"
    with served(NumberedProvider()) as upstream, workers(upstream, tmp_path, database_url) as running:
        load = Load(running.url, callers=4)
        asyncio.run(twenty(load))
        decided = len(load.answers)
        assert decided >= 20
        until(lambda: {running.metric("cxai_decisions_total") for _ in range(6)} == {decided})
        until(lambda: running.metric("cxai_requests_in_flight") == 0)
        assert running.metric("process_resident_memory_bytes") == pytest.approx(resident(running), rel=0.2)

        victim = running.pids()[0]
        os.kill(victim, signal.SIGKILL)
        until(lambda: running.serving() == 3)
        assert running.metric("cxai_decisions_total") == decided

        before = running.pids()
        running.process.send_signal(signal.SIGHUP)
        until(lambda: running.serving() == 5 and not set(before) & set(running.pids()))
        assert running.metric("cxai_decisions_total") == decided

        left = running.pids()
        running.process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))
        assert not running.listens()
    with Ledger.open(database_url) as ledger:
        kept = compare(load.answers, ledger)
    assert (kept.lost, kept.mislabelled) == ([], [])


async def twenty(load: Load) -> None:
    playing = asyncio.create_task(load.play())
    while len(load.answers) < 20:
        await asyncio.sleep(0.02)
    load.stop()
    await playing


def resident(running: Workers) -> int:
    return sum(
        int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        for pid in running.pids()
    )


def test_where_workers_cannot_start_it_is_said_once_and_all_is_over(tmp_path: Path) -> None:
    (tmp_path / "cxai.db").write_text("this is no database")
    running = start("http://127.0.0.1:9", tmp_path, f"sqlite:///{tmp_path / 'cxai.db'}")
    try:
        until(lambda: running.process.poll() is not None)
    finally:
        running.process.kill()
    assert running.process.returncode == 2
    log = "".join(running.log)
    assert "a worker could not start" in log and "not a database" in log and "Traceback" not in log


@pytest.mark.parametrize("count", [1, 2])
def test_sigterm_is_said_first_and_what_has_begun_ends(tmp_path: Path, count: int) -> None:
    """Streams go on while `/readyz` says no, new ones are taken for a while, then nobody is."""
    database_url, provider = f"sqlite:///{tmp_path / 'cxai.db'}", NumberedProvider(chunk_delay_s=0.2)
    with (
        served(provider) as upstream,
        workers(upstream, tmp_path, database_url, count, CXAI_DRAIN_DELAY_S="1.5") as running,
    ):
        load = Load(running.url, callers=4)
        asyncio.run(told_to_stop(running, load))
        running.process.wait(60)
    assert running.process.returncode == 0
    assert set(load.outcomes) == {"200"} and len(load.answers) >= 4
    with Ledger.open(database_url) as ledger:
        kept = compare(load.answers, ledger)
    assert (kept.lost, kept.mislabelled) == ([], [])


async def told_to_stop(running: Workers, load: Load) -> None:
    playing = asyncio.create_task(load.play())
    await asyncio.sleep(0.5)
    running.process.send_signal(signal.SIGTERM)
    async with httpx.AsyncClient(base_url=running.url, timeout=10) as client:
        states = set()
        while "draining" not in states:
            response = await client.get("/readyz", headers={"connection": "close"})
            states.add(response.json()["status"])
            await asyncio.sleep(0.05)
    assert response.status_code == 503
    load.stop()
    await playing
