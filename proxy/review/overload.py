"""Whether people would get to one more case in time, as the ledger has it now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from proxy.actions.course import Course, course_for
from proxy.corpus.documents import Risk
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DEFAULT_TENANT
from proxy.review.capacity import Capacity, honest_seconds
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
        self._seconds = plan.seconds_per_case
        self._wait_s = 0.0

    @property
    def cannot_settle(self) -> str:
        return self._plan.cannot_settle

    def course(self, risk: Risk, *, quotable: bool) -> Course:
        """What becomes of a case that would be opened now. A ledger that cannot be read changes nothing."""
        if risk is not Risk.LOW:
            return Course.PEOPLE
        most_s = 60 * self._plan.most_wait_minutes
        return course_for(risk, quotable=quotable, wait_s=self.wait_s(), most_wait_s=most_s)

    def wait_s(self) -> float:
        """How long a case would wait that is opened now, in seconds."""
        with self._reading:
            if self._clock() - self._counted_at >= COUNTED_FOR_S:
                self._counted_at = self._clock()
                try:
                    self._wait_s = self._read()
                except LedgerError:
                    log.exception("the waiting cases could not be counted", tenant=self._tenant)
            return self._wait_s

    def _read(self) -> float:
        now = datetime.now(UTC)
        if self._clock() - self._timed_at >= TIMED_FOR_S:
            reviews = self._ledger.reviews.reviews(self._tenant, since=now - OF_LATE)
            self._seconds = honest_seconds(reviews, self._plan.seconds_per_case)
            self._timed_at = self._clock()
        waiting = sum(row.unanswered for row in self._ledger.desk.queues(self._tenant, now))
        capacity = Capacity(self._plan.people, self._seconds)
        wait_s = capacity.wait_s(waiting)
        if wait_s > 60 * self._plan.most_wait_minutes:
            log.warning(
                "more cases than people can look at: call people in",
                tenant=self._tenant,
                waiting=waiting,
                people=self._plan.people,
                wait_s=round(wait_s),
                people_needed=capacity.people_needed(waiting),  # to have them settled within an hour
            )
        return wait_s
