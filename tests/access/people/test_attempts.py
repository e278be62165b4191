"""Failed sign-ins: how many are let through, and who waits."""

from __future__ import annotations

from contextlib import suppress

import pytest

from proxy.access.people.attempts import FREE, MOST_ACCOUNTS, Attempts, TooManyAttempts


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_account_is_tried_at_most_a_hundred_times_an_hour_from_however_many_addresses() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    let_through = 0
    for second in range(3600):
        clock.now = 1000.0 + second
        for address in range(3):
            with suppress(TooManyAttempts):
                attempts.begin("ada@example.com", f"10.0.{address}.{second % 250}")
                let_through += 1
    assert FREE < let_through <= 100


def test_the_wait_doubles_up_to_a_minute() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    waits = []
    for number in range(14):
        attempts.begin("ada@example.com", f"10.0.{number}.1")
        try:
            attempts.begin("ada@example.com", f"10.0.{number}.2")
        except TooManyAttempts as many:
            waits.append(many.wait_s)
            clock.now += many.wait_s
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]


def test_a_right_password_ends_the_counting() -> None:
    attempts = Attempts(Clock())
    for _ in range(50):
        attempts.begin("ada@example.com", "10.0.0.1")
        attempts.succeeded("ada@example.com", "10.0.0.1")


def test_an_office_behind_one_address_signs_in_at_nine() -> None:
    attempts = Attempts(Clock())
    for number in range(200):
        attempts.begin(f"{number}@example.com", "10.0.0.1")
        attempts.succeeded(f"{number}@example.com", "10.0.0.1")


def test_an_address_that_tries_many_accounts_waits() -> None:
    attempts = Attempts(Clock())
    with pytest.raises(TooManyAttempts) as many:
        for number in range(100):
            attempts.begin(f"{number}@example.com", "10.0.0.1")
    assert many.value.wait_s > 0


def test_what_is_remembered_does_not_grow_without_end() -> None:
    attempts = Attempts(Clock())
    for number in range(MOST_ACCOUNTS + 50):
        with suppress(TooManyAttempts):
            attempts.begin(
                f"{number}@example.com", f"10.{number // 60000}.{number // 250 % 250}.{number % 250}"
            )
    assert len(attempts._accounts) == MOST_ACCOUNTS
