"""``GET /v1/escalations/{ref}/status``: how a case stands, for a chatbot to tell its customer.

A reference is short, so that it proves nothing: the case must be of the caller's tenant and of the customer whom the
request names. What is not, and what does not exist, is answered alike, and questions are counted.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from litestar import get
from litestar.di import NamedDependency

from proxy.access.keys import Scope
from proxy.access.limits import Bucket
from proxy.actions.case_waits import Waiting, waiting
from proxy.ledger.desk.lifecycle import Status
from proxy.ledger.desk.records import DeskCase
from proxy.wire.desk.doors import PATH, Ref, Told, at_desk, json_of
from proxy.wire.desk.requests import Asking, reference
from proxy.wire.doorkeeper import SCOPE, caller_of
from proxy.wire.errors import InvalidRequest, TooManyRequests
from proxy.wire.exchange import headers_of, identify
from proxy.wire.services import Services

PER_MINUTE = 30  # of one key about one customer
MOST_ASKING = 10_000  # the least recently seen are forgotten
# In words of the customer's: who works on it and in which step is the company's own business.
TOLD = {
    Status.OPEN: "waiting",
    Status.REOPENED: "waiting",
    Status.CLAIMED: "in_progress",
    Status.ANSWERED: "answered",
    Status.DELIVERED: "answered",
    Status.CONFIRMED: "done",
    Status.CLOSED: "done",
    Status.CANCELLED: "cancelled",
    Status.EXPIRED: "expired",
}


class NoSuchCase(InvalidRequest):
    status = 404
    code = "case_not_found"

    def __init__(self) -> None:
        super().__init__("This customer has no case of this reference.", param="ref")


class Questions:
    """How often a key may ask about one customer; by worker, in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, ...], Bucket] = OrderedDict()

    def count(self, *who: str) -> None:
        """Raises TooManyRequests."""
        now = self._clock()
        bucket = self._buckets.pop(who, None) or Bucket(PER_MINUTE, PER_MINUTE, now)
        self._buckets[who] = bucket
        if len(self._buckets) > MOST_ASKING:
            self._buckets.popitem(last=False)
        if wait_s := bucket.take(now):
            message = f"A case's status is told {PER_MINUTE} times a minute; try again later."
            raise TooManyRequests(message, wait_s)


_QUESTIONS = Questions()


@get(PATH + "/{ref:str}/status", include_in_schema=False, opt={SCOPE: Scope.CHAT})
async def status(request: Asking, services: NamedDependency[Services], ref: Ref) -> Told:
    """Needs the header ``x-cxai-customer-id``."""
    customer = identify(services, headers_of(request), {}).id
    if customer is None:
        raise InvalidRequest(
            "Whose case it is says the header x-cxai-customer-id; send it, with an id that is this customer's alone.",
            param="x-cxai-customer-id",
            code="invalid_header",
        )
    key = caller_of(request.scope).key
    _QUESTIONS.count(services.tenant, key.prefix if key else "", customer)
    desk, queues, now = services.ledger.desk, services.policies.current.queues, datetime.now(UTC)
    case = await at_desk(lambda: desk.case(reference(ref), services.tenant, now=now))
    if case is None or case.customer_id != customer:
        raise NoSuchCase
    return json_of(_told(case, await at_desk(lambda: waiting(desk, case, queues, now)), now))


def _told(case: DeskCase, known: Waiting, now: datetime) -> dict[str, Any]:
    wait = known.wait
    return {
        "object": "escalation.status",
        "ref": case.ref,
        "status": TOLD.get(Status(case.status), "waiting") if case.status in list(Status) else "waiting",
        "opened_at": case.opened_at,
        "who": known.who,
        "expected_wait": wait
        and {
            "median_s": round(wait.median_s),
            "low_s": round(wait.low_s),
            "high_s": round(wait.high_s),
            "share": 0.8,
            "n": wait.n,
            "text": wait.words,
        },
        "answer_comes_at_next_turn": case.status == Status.ANSWERED,
    }
