"""Whether people would get to one more case in time, as the ledger has it now."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from proxy.actions.course import Course, course_for
from proxy.actions.waits import Answered, in_words
from proxy.corpus.documents import Risk
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DEFAULT_TENANT
from proxy.review.capacity import LATELY, Capacity, Demand, honest_seconds, wait_s
from proxy.review.plan import ReviewPlan

log = structlog.get_logger(__name__)
COUNTED_FOR_S = 10.0  # a count of the waiting cases holds for so long
TIMED_FOR_S = 3600.0  # and how long a case takes, for so long
OF_LATE = timedelta(days=7)


class LiveOverload:
    """Of one tenant. Reads the ledger when it is asked and its last reading is old; safe for threads."""

    def __init__(
        self,
        ledger: Ledger,
        plan: ReviewPlan,
        tenant: str = DEFAULT_TENANT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger, self._plan, self._tenant, self._clock = ledger, plan, tenant, clock
        self._reading = threading.Lock()
        self._counted_at = self._timed_at = -1e9
        self._seconds: float | None = None
        self._demand = Demand(0, plan.people, 0, dict.fromkeys(Risk, 0.0), measured=False)

    def cannot_settle(self, risk: Risk) -> str:
        """What the customer reads. How long people take is told as a number where it was measured, not guessed."""
        if risk is Risk.LOW:
            return self._plan.cannot_settle
        most_s, now = self._plan.most_wait_s(risk.value), self.demand()
        wait = (
            f"about {in_words(now.wait_s[risk.value])}" if now.measured else f"more than {in_words(most_s)}"
        )
        return self._plan.cannot_settle_soon.replace("{wait}", wait)

    @property
    def is_too_much(self) -> bool:
        """Whether any case that would be opened now would wait too long: people are to be called in."""
        return any(waits_s > self._plan.most_wait_s(risk) for risk, waits_s in self.demand().wait_s.items())

    @property
    def call_every(self) -> timedelta:
        return timedelta(minutes=self._plan.call_every_minutes)

    def course(self, risk: Risk, *, quotable: bool) -> Course:
        """What becomes of a case that would be opened now. A ledger that cannot be read changes nothing."""
        most_s = self._plan.most_wait_s(risk.value)
        if most_s == math.inf:
            return Course.PEOPLE
        waits_s = self.demand().wait_s[risk.value]
        return course_for(risk, quotable=quotable, wait_s=waits_s, most_wait_s=most_s)

    def demand(self) -> Demand:
        """What waits now; a reading holds for COUNTED_FOR_S, and longer where the ledger cannot be read."""
        if self._reading.acquire(blocking=False):  # while somebody counts, the others go by the last count
            try:
                self._count_again()
            finally:
                self._reading.release()
        return self._demand

    def _count_again(self) -> None:
        if self._clock() - self._counted_at < COUNTED_FOR_S:
            return
        self._counted_at = self._clock()
        try:
            self._demand = self._read(datetime.now(UTC))
        except LedgerError:
            log.exception("the waiting cases could not be counted", tenant=self._tenant)

    def _read(self, now: datetime) -> Demand:
        if self._clock() - self._timed_at >= TIMED_FOR_S:
            reviews = self._ledger.reviews.reviews(self._tenant, since=now - OF_LATE)
            self._seconds = honest_seconds(reviews)
            self._timed_at = self._clock()
        desk, people = self._ledger.desk, self._plan.people
        capacity = Capacity(people, self._seconds or self._plan.seconds_per_case)
        waiting = desk.waiting_by_risk(self._tenant)
        waits: dict[str, float] = {}
        for risk in Risk:
            times = desk.answer_times(self._tenant, None, now - LATELY, risk=risk.value)
            answered = [Answered(opened_at, answered_at) for opened_at, answered_at in times]
            waits[risk.value] = wait_s(capacity, waiting, risk.value, answered)
        count = sum(waiting.values())
        return Demand(count, people, capacity.people_needed(count), waits, self._seconds is not None)
