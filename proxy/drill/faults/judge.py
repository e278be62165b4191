"""Faults of what judges: a judge model at an endpoint of its own that hangs, fails, answers nonsense or is slow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from proxy.drill.company import FALSE, TRUE
from proxy.drill.fault import WHOLE, Fault, Injection, Way, Work, answering, during
from proxy.drill.misbehaving import Reply, error
from proxy.drill.outcome import Outcome, delivered, handed_over, withheld
from proxy.drill.place import Place

AT_ONCE = 6
PLACES = 2
SLOW_S = 1.5


def settings(place: Place) -> Mapping[str, Any]:
    url = f"{place.judge_server.url}/v1"
    judge = {"kind": "judge", "model": "drill-judge", "url": url, "timeout_s": 2.0}
    return {"verifier": judge, "judge_queue": PLACES, "judge_threads": 1}


def judge_replies(reply: Reply | None, *, takes_s: float = 0.0) -> Injection:
    @contextmanager
    def replying(place: Place) -> Iterator[None]:
        place.judge.reply, place.judge.takes_s = reply, takes_s
        try:
            yield
        finally:
            place.judge.reply, place.judge.takes_s = None, 0.0
            place.wait_for_judges()

    return replying


@contextmanager
def judge_down(place: Place) -> Iterator[None]:
    place.judge_server.stop()
    try:
        yield
    finally:
        place.judge_server.start()


def many_at_once(work: Work) -> Work:
    """Several customers at once; what the first of those got for whom there was no place."""

    def asked(place: Place, way: Way) -> Outcome:
        with ThreadPoolExecutor(AT_ONCE) as customers:
            seen = list(customers.map(lambda _: work(place, way), range(AT_ONCE)))
        return next((one for one in seen if one.reason == "busy"), seen[0])

    return asked


says_true = partial(answering, Reply(TRUE))
says_false = partial(answering, Reply(FALSE))

FAULTS = (
    Fault(
        "The judge endpoint hangs, `on_unverified: escalate`",
        "it takes the claim and says nothing; the route's `judge_s` is 0.5",
        handed_over("timeout"),
        during(judge_replies(Reply(body=b"{}", then="stalls")), says_false(route="impatient")),
    ),
    Fault(
        "The judge endpoint hangs, `on_unverified: closed`",
        "as above; the endpoint's own `timeout_s` is 2",
        withheld("timeout"),
        during(judge_replies(Reply(body=b"{}", then="stalls")), says_false(route="closed")),
        WHOLE,
    ),
    Fault(
        "The judge endpoint is down, `on_unverified: closed`",
        "its port is closed",
        withheld("error"),
        during(judge_down, says_false(route="closed")),
    ),
    Fault(
        "The judge endpoint answers nonsense, `on_unverified: open`",
        "a text that is no verdict",
        delivered(TRUE, "error"),
        during(judge_replies(Reply("Looks good to me!")), says_true(route="open")),
    ),
    Fault(
        "The judge endpoint answers 500, `on_unverified: escalate`",
        "with an error object",
        handed_over("error"),
        during(judge_replies(Reply(status=500, body=error("overloaded"))), says_true(route="escalate")),
    ),
    Fault(
        "The judges' queue is full",
        f"{AT_ONCE} customers at once; `judge_queue` is {PLACES}, and each claim takes {SLOW_S} s",
        withheld("busy"),
        during(judge_replies(None, takes_s=SLOW_S), many_at_once(says_true(route="closed"))),
    ),
    Fault(
        "The judge endpoint is well again",
        "it answers as it should",
        delivered(TRUE),
        says_true(route="closed"),
    ),
)
