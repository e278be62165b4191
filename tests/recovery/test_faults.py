"""Failures under real faults: what was acknowledged stays, what was refused is nowhere, no time is wrong in silence."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from support.failures import after, event, failure
from support.postgres import own_server

from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.failures.records import Status
from proxy.ledger.failures.telling import FailureStepRefused
from proxy.ledger.ledger import Ledger, LedgerError

REPOSITORY = Path(__file__).parents[2]
FAILURES = 40

# Four threads that tell failures and their steps; a line is printed once the ledger has said that it is durable.
TELLING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from support.failures import event, failure
from proxy.ledger.ledger import Ledger

ledger = Ledger.open(sys.argv[1], upgrade=False)

def follow(number):
    failure_id, _ = ledger.failures.tell(failure(str(number)), event("detected", 1))
    sys.stdout.write(f"{failure_id} detected\\n"); sys.stdout.flush()
    for minutes, step in enumerate(("contained", "corrected", "restored"), 2):
        ledger.failures.add(failure_id, event(step, minutes))
        sys.stdout.write(f"{failure_id} {step}\\n"); sys.stdout.flush()

with ThreadPoolExecutor(4) as pool:
    list(pool.map(follow, range(int(sys.argv[2]))))
print("all told", flush=True)
"""


def telling(url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TELLING, url, str(FAILURES)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "tests")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_is_there_after_a_kill_and_the_rest_is_told_again(
    ledger_url: str, seed: int
) -> None:
    killed = telling(ledger_url)
    assert killed.stdout is not None
    said = [killed.stdout.readline().split() for _ in range(Random(seed).randrange(5, 4 * FAILURES - 30))]
    killed.send_signal(signal.SIGKILL)
    # What had been written to the pipe by then was acknowledged, too; a line may have been cut.
    rest, _ = killed.communicate()
    said += [line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    assert len(said) < 4 * FAILURES
    with Ledger.open(ledger_url, upgrade=False) as ledger:
        kept = {one.id: {told.step for told in one.events} for one in ledger.failures.in_order("default")}
        assert all(step in kept[failure_id] for failure_id, step in said)
        assert_states_follow_from_events(ledger)
    again = telling(ledger_url)
    everything, _ = again.communicate(timeout=120)
    assert everything.endswith("all told\n")
    with Ledger.open(ledger_url, upgrade=False) as ledger:
        found = list(ledger.failures.in_order("default"))
        assert len(found) == FAILURES
        assert all(len(one.events) == 4 and one.state.status == Status.RESTORED for one in found)
        assert_states_follow_from_events(ledger)


def assert_states_follow_from_events(ledger: Ledger) -> None:
    standing = {one.failure_id: one for one in ledger.failures.states(FailureFilter())}
    assert standing == {one.id: one.state for one in ledger.failures.in_order("default")}


def test_a_full_disk_is_said_and_a_failure_is_there_with_all_its_events_or_not_at_all(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        acknowledged = []
        with full_disk(ledger), pytest.raises(LedgerError, match="full; free space"):
            for number in range(10_000):
                long = event("detected", 1, note="x" * 5_000)
                acknowledged.append(ledger.failures.tell(failure(str(number)), long)[0])
        assert acknowledged
        found = list(ledger.failures.in_order("default"))
        assert {one.id for one in found} == set(acknowledged)
        assert all(len(one.events) == 1 for one in found)
        assert_states_follow_from_events(ledger)
        # Space is there again: what was refused is told again, and followed.
        failure_id, new = ledger.failures.tell(failure(str(len(acknowledged))), event("detected", 1))
        assert new
        assert ledger.failures.add(failure_id, event("contained", 2)).status == Status.CONTAINED


@contextmanager
def full_disk(ledger: Ledger) -> Iterator[None]:
    """SQLite's own limit gives the error that a full disk gives, SQLITE_FULL."""
    limit, none = 400, 1_000_000

    def checked_out(pages: int) -> Callable[..., None]:
        def limited(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages}")

        return limited

    small, large = checked_out(limit), checked_out(none)
    pool = ledger._engine.pool
    sqlalchemy_event.listen(pool, "checkout", small)
    try:
        yield
    finally:
        sqlalchemy_event.remove(pool, "checkout", small)
        sqlalchemy_event.listen(pool, "checkout", large)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "crashed"])
def test_failures_outlive_their_database_and_are_told_on_without_a_restart_of_ours(by: int) -> None:
    with own_server() as server, Ledger.open(server.url) as ledger:
        failure_id, _ = ledger.failures.tell(failure(), event("detected", 1))
        server.stop(by)
        with pytest.raises(LedgerError):
            ledger.failures.add(failure_id, event("contained", 2))
        server.start()
        ledger.failures.add(failure_id, event("corrected", 3))
        found = ledger.failures.file(failure_id)
        assert found is not None
        assert [one.step for one in found.events] == [
            "detected",
            "corrected",
        ]  # what was refused is not there
        assert ledger.failures.add(failure_id, event("contained", 2)).status == Status.CORRECTED
        assert_states_follow_from_events(ledger)


class Clock:
    def __init__(self, minutes: float) -> None:
        self.minutes = minutes

    def __call__(self) -> datetime:
        return after(self.minutes)


def test_a_clock_that_was_set_back_makes_a_failure_doubtful_and_no_time_shorter(ledger_url: str) -> None:
    clock = Clock(60)
    with Ledger.open(ledger_url, upgrade=False, now=clock) as ledger:
        right, _ = ledger.failures.tell(failure("right"), event("detected", 50))
        clock.minutes = -120  # two hours before the failure that somebody tells us of now
        wrong, _ = ledger.failures.tell(failure("wrong"), event("detected", 1))
        states = {one.failure_id: one for one in ledger.failures.states(FailureFilter())}
        assert (states[right].doubtful, states[wrong].doubtful) == (False, True)
        # A step by the wrong clock on a failure that was right: it lies before the failure itself.
        assert ledger.failures.add(right, event("contained", -110)).doubtful
        clock.minutes = 70
        assert not ledger.failures.add(right, event("retracted", 70, event="contained:-110")).doubtful


def test_a_late_report_changes_todays_figures_and_not_what_was_known_then(ledger_url: str) -> None:
    clock = Clock(60)
    with Ledger.open(ledger_url, upgrade=False, now=clock) as ledger:
        ledger.failures.tell(failure("at once"), event("detected", 50))
        then = known(ledger, 100)
        clock.minutes = 3 * 24 * 60
        ledger.failures.tell(failure("late", occurred_at=after(5)), event("detected", 55, source="customer"))
        late_step = event("contained", 58)
        (first,) = [one.failure_id for one in then]
        ledger.failures.add(first, late_step)
        assert known(ledger, 100) == then
        assert len(known(ledger, clock.minutes)) == 2
        now = {one.failure_id: one.contained_at for one in ledger.failures.states(FailureFilter())}
        assert now[first] == after(58)


def known(ledger: Ledger, minutes: float) -> list[Any]:
    return [one.state for one in ledger.failures.in_order("default", known_by=after(minutes))]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_known_at_any_time_stays_as_it_was_whatever_is_told_later(
    ledger_url: str, seed: int
) -> None:
    """Sixty reports of things that happened at any time before; after each, all that is known is noted down."""
    random, clock = Random(seed), Clock(0)
    noted: list[tuple[float, list[Any]]] = []
    with Ledger.open(ledger_url, upgrade=False, now=clock) as ledger:
        ids: list[str] = []
        for number in range(60):
            clock.minutes += random.randrange(1, 500)
            happened = random.uniform(0, clock.minutes)
            if not ids or random.random() < 0.3:
                told = failure(str(number), occurred_at=after(happened))
                ids.append(ledger.failures.tell(told, event("detected", clock.minutes))[0])
            else:
                step = random.choice(["contained", "corrected", "classified", "reopened"])
                with suppress(FailureStepRefused):
                    ledger.failures.add(random.choice(ids), event(step, happened, key=str(number)))
            noted.append((clock.minutes, list(ledger.failures.in_order("default"))))
        for minutes, knew in noted:
            assert list(ledger.failures.in_order("default", known_by=after(minutes))) == knew
        assert_states_follow_from_events(ledger)
