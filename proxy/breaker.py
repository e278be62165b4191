"""A circuit breaker: who fails several times in a row is left alone for a while, and then tried with one call.

    closed ── so many failures in a row ──▶ open ── after a while, one call ──▶ half open ── it succeeds ──▶ closed
                                              ▲                                     │
                                              └───────────── it fails ──────────────┘

Calls that began before a change of state say nothing about the time after it: they are not counted.
docs/decisions/0007-several-providers.md says why this is not a library's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """The numbers are those of the metric."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(slots=True)
class Outcome:
    """Of a call that raises nothing."""

    failed: bool = False


class Breaker:
    """``failures`` in a row open it, for ``open_s`` seconds; with 0 it never opens. For one event loop."""

    def __init__(
        self,
        failures: int,
        open_s: float,
        *,
        changed: Callable[[State], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._open_s = open_s
        self._changed = changed
        self._clock = clock
        self._state = State.CLOSED
        self._in_a_row = 0
        self._opened_at = 0.0
        self._era = 0  # one more with each change of state

    @property
    def state(self) -> State:
        return self._state

    def wait_s(self) -> float:
        """Seconds until a call may begin: 0 where one may now."""
        if self._state is State.CLOSED:
            return 0.0
        if self._state is State.HALF_OPEN:  # one is being tried, and its end is not known
            return self._open_s
        return max(0.0, self._opened_at + self._open_s - self._clock())

    @contextmanager
    def call(self, is_failure: Callable[[Exception], bool]) -> Iterator[Outcome]:
        """Around a call that may begin now. What ``is_failure`` says of its exception counts, or else what it notes in
        its outcome; being cancelled does not."""
        if self._state is State.OPEN:
            self._become(State.HALF_OPEN)
        era, outcome = self._era, Outcome()
        try:
            yield outcome
        except Exception as error:
            self._ended(era, failed=is_failure(error))
            raise
        except BaseException:
            self._abandoned(era)
            raise
        self._ended(era, failed=outcome.failed)

    def _ended(self, era: int, *, failed: bool) -> None:
        if era != self._era:
            return
        self._in_a_row = self._in_a_row + 1 if failed else 0
        if self._state is State.HALF_OPEN:
            self._become(State.OPEN if failed else State.CLOSED)
        elif self._most and self._in_a_row >= self._most:
            self._become(State.OPEN)

    def _abandoned(self, era: int) -> None:
        """Nobody knows how the call would have ended: where it was the one that tries, the next one is."""
        if era == self._era and self._state is State.HALF_OPEN:
            self._become(State.OPEN, since=self._opened_at)

    def _become(self, state: State, *, since: float | None = None) -> None:
        self._state = state
        self._era += 1
        self._in_a_row = 0
        if state is State.OPEN:
            self._opened_at = self._clock() if since is None else since
        self._changed(state)
