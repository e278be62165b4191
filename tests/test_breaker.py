"""The breaker: when it opens, that one call alone tries it, and that it closes again; by example and for any order."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager, suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from proxy.breaker import Breaker, State

FAILURES, OPEN_S = 3, 10.0


class Broken(Exception):
    pass


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def failing(error: Exception) -> bool:
    return isinstance(error, Broken)


def call(breaker: Breaker, error: BaseException | None = None) -> None:
    with suppress(BaseException), breaker.call(failing):
        if error is not None:
            raise error


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seen() -> list[State]:
    return []


@pytest.fixture
def breaker(clock: Clock, seen: list[State]) -> Breaker:
    return Breaker(FAILURES, OPEN_S, changed=seen.append, clock=clock)


def test_it_opens_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    call(breaker, Broken())
    call(breaker, Broken())
    call(breaker)
    call(breaker, Broken())
    call(breaker, Broken())
    assert breaker.wait_s() == 0
    call(breaker, Broken())
    assert (breaker.state, breaker.wait_s()) == (State.OPEN, OPEN_S)


def test_what_is_no_failure_does_not_count(breaker: Breaker) -> None:
    for error in [ValueError(), asyncio.CancelledError()] * FAILURES:
        call(breaker, error)
    assert breaker.state is State.CLOSED


def test_one_call_tries_it_and_its_success_closes_it(
    breaker: Breaker, clock: Clock, seen: list[State]
) -> None:
    for _ in range(FAILURES):
        call(breaker, Broken())
    clock.now += OPEN_S
    assert breaker.wait_s() == 0
    with breaker.call(failing):
        assert breaker.state is State.HALF_OPEN and breaker.wait_s() > 0
    assert (breaker.state, breaker.wait_s()) == (State.CLOSED, 0)
    assert seen == [State.OPEN, State.HALF_OPEN, State.CLOSED]


def test_a_failure_of_that_call_opens_it_for_as_long_again(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        call(breaker, Broken())
    clock.now += OPEN_S + 5
    call(breaker, Broken())
    assert (breaker.state, breaker.wait_s()) == (State.OPEN, OPEN_S)


def test_where_that_call_is_given_up_the_next_one_tries_it(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        call(breaker, Broken())
    clock.now += OPEN_S
    call(breaker, asyncio.CancelledError())
    assert breaker.wait_s() == 0
    call(breaker)
    assert breaker.state is State.CLOSED


def test_a_call_from_before_it_opened_says_nothing_about_the_time_after(
    breaker: Breaker, clock: Clock
) -> None:
    early, tries = ExitStack(), ExitStack()
    early.enter_context(handling(breaker))
    for _ in range(FAILURES):
        call(breaker, Broken())
    clock.now += OPEN_S
    tries.enter_context(handling(breaker))
    early.close()
    assert breaker.state is State.HALF_OPEN, "the one call that tries it has not ended yet"
    tries.__exit__(Broken, Broken(), None)
    assert breaker.state is State.OPEN


def test_a_call_that_raises_nothing_may_have_failed(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        with breaker.call(failing) as outcome:
            outcome.failed = True
    assert breaker.state is State.OPEN


def test_it_never_opens_where_it_is_told_so() -> None:
    breaker = Breaker(0, OPEN_S)
    for _ in range(100):
        call(breaker, Broken())
    assert breaker.wait_s() == 0


class AnyOrder(RuleBasedStateMachine):
    """Calls that overlap in any order, against what is promised."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(FAILURES, OPEN_S, clock=self.clock)
        self.running: list[tuple[ExitStack, State]] = []
        self.opened_at: float | None = None

    @precondition(lambda self: self.breaker.wait_s() <= 0 and len(self.running) < 8)
    @rule()
    def begins(self) -> None:
        if self.opened_at is not None:
            assert self.clock.now >= self.opened_at + OPEN_S, "asked while it was to be left alone"
        stack = ExitStack()
        stack.enter_context(handling(self.breaker))
        self.running.append((stack, self.breaker.state))
        self.opened_at = None if self.breaker.state is State.CLOSED else self.opened_at

    @precondition(lambda self: self.running)
    @rule()
    def succeeds(self) -> None:
        stack, _ = self.running.pop(0)
        before = self.breaker.state
        stack.close()
        assert self.breaker.state is before or self.breaker.state is State.CLOSED

    @precondition(lambda self: self.running)
    @rule()
    def fails(self) -> None:
        self.end(Broken())
        if self.breaker.state is State.OPEN and self.opened_at is None:
            self.opened_at = self.clock.now

    @precondition(lambda self: self.running)
    @rule()
    def is_given_up(self) -> None:
        self.end(asyncio.CancelledError())

    @rule()
    def time_passes(self) -> None:
        self.clock.now += OPEN_S / 2

    def end(self, error: BaseException) -> None:
        stack, began_in = self.running.pop()
        before = self.breaker.state
        stack.__exit__(type(error), error, None)
        after = self.breaker.state
        if before is State.HALF_OPEN and began_in is State.HALF_OPEN and after is State.OPEN:
            self.opened_at = self.clock.now if isinstance(error, Broken) else self.opened_at

    @invariant()
    def one_alone_tries_it(self) -> None:
        if self.breaker.state is State.HALF_OPEN:
            assert self.breaker.wait_s() > 0


@contextmanager
def handling(breaker: Breaker):  # type: ignore[no-untyped-def]
    with suppress(Broken, asyncio.CancelledError), breaker.call(failing):
        yield


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
