"""Failed sign-ins: how many are let through, and who waits; counted for all workers together."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from proxy.access.people.attempts import FREE, Attempts, TooManyAttempts
from proxy.ledger.ledger import Ledger
from proxy.ledger.schema import sign_in_failures

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(ledger: Ledger, clock: Clock) -> Attempts:
    return Attempts(ledger.sign_in_failures, clock)


def test_an_account_is_tried_at_most_a_hundred_times_an_hour_from_however_many_addresses(
    ledger: Ledger, clock: Clock
) -> None:
    """And by however many workers: each has its own memory, and all of them the same database."""
    workers = [Attempts(ledger.sign_in_failures, clock) for _ in range(3)]
    let_through, tried = 0, 0
    while clock.now < BEGIN + timedelta(hours=1):
        for number, worker in enumerate(workers):
            tried += 1
            with suppress(TooManyAttempts):
                worker.begin("ada@example.com", f"10.{number}.{tried // 250}.{tried % 250}")
                let_through += 1
        clock.later(10)
    assert tried > 1000
    assert FREE < let_through <= 100


def test_the_wait_doubles_up_to_a_minute(attempts: Attempts, clock: Clock) -> None:
    waits = []
    for number in range(14):
        attempts.begin("ada@example.com", f"10.0.{number}.1")
        try:
            attempts.begin("ada@example.com", f"10.0.{number}.2")
        except TooManyAttempts as many:
            waits.append(many.wait_s)
            clock.later(many.wait_s)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]


def test_a_right_password_ends_the_counting(attempts: Attempts) -> None:
    for _ in range(50):
        attempts.begin("ada@example.com", "10.0.0.1")
        attempts.succeeded("ada@example.com", "10.0.0.1")


def test_an_office_behind_one_address_signs_in_at_nine(attempts: Attempts) -> None:
    for number in range(200):
        attempts.begin(f"{number}@example.com", "10.0.0.1")
        attempts.succeeded(f"{number}@example.com", "10.0.0.1")


def test_an_address_that_tries_many_accounts_waits(attempts: Attempts) -> None:
    with pytest.raises(TooManyAttempts) as many:
        for number in range(100):
            attempts.begin(f"{number}@example.com", "10.0.0.1")
    assert many.value.wait_s > 0


def test_a_clock_that_is_set_back_locks_nobody_out(attempts: Attempts, clock: Clock) -> None:
    for number in range(FREE + 3):
        with suppress(TooManyAttempts):
            attempts.begin("ada@example.com", f"10.0.{number}.1")
    clock.later(-7200)
    attempts.begin("ada@example.com", "10.1.0.1")


def test_what_is_kept_does_not_grow_without_end_and_names_nobody(
    ledger: Ledger, attempts: Attempts, clock: Clock
) -> None:
    for number in range(50):
        attempts.begin(f"{number}@example.com", f"10.0.{number}.1")
    clock.later(3601)
    attempts.begin("ada@example.com", "10.1.0.1")
    with ledger._reading() as connection:
        kept = connection.execute(select(sign_in_failures)).all()
        assert connection.execute(select(func.count()).select_from(sign_in_failures)).scalar() == 1
    assert "ada" not in str(kept)
