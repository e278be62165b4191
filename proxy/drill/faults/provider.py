"""Faults of the model provider, and a customer who leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from proxy.drill.company import FALSE, POLICY_WORDS, TRUE
from proxy.drill.customer import ask, request_body
from proxy.drill.fault import STREAMED, WHOLE, Fault, Way, answering, during
from proxy.drill.misbehaving import Reply, error
from proxy.drill.outcome import Outcome, delivered
from proxy.drill.place import Place, wait_for

LARGEST_ANSWER = 20_000  # bytes
TOTAL_S = 4.0
LIMITS = {"read_timeout_s": 1.5, "total_timeout_s": TOTAL_S, "max_answer_bytes": LARGEST_ANSWER}

BEGUN = f"{TRUE} A book that is dam"
RETRY_AFTER = {"retry-after": "7"}


def no_answer(status: int, reason: str, error: str | None = None) -> Outcome:
    """An error in place of an answer; where the provider named its own ``error``, that is passed on."""
    return Outcome(status=status, error=error or reason, verified=False, reason=reason, reads="")


def cut_short(reason: str, error: str | None = None) -> Outcome:
    """A stream that ends with an error after the sentence that was judged; the one that had begun is never read."""
    return replace(delivered(TRUE, reason), error=error or reason)


@contextmanager
def refusing(place: Place) -> Iterator[None]:
    place.provider_server.stop()
    try:
        yield
    finally:
        place.provider_server.start()


def never_ending(place: Place, way: Way) -> Outcome:
    """The model goes on for ever, on a route that ends it sooner than the settings do."""
    place.provider.replies, started = [Reply(TRUE, then="never ends")], time.monotonic()
    answer = ask(place.url, request_body("limited", streamed=way == "streamed"))
    by = "its route" if time.monotonic() - started < TOTAL_S else "the settings"
    return replace(place.ended(answer), also={"the model is stopped by": by})


def leaving(place: Place, way: Way) -> Outcome:
    """The customer hangs up at the first sentence, while the provider would go on for ever."""
    place.provider.replies, before = [Reply(TRUE, then="never ends")], place.provider.left
    body: dict[str, Any] = request_body("closed", streamed=True)
    url = f"{place.url}/v1/chat/completions"
    with (
        httpx.Client(trust_env=False) as client,
        client.stream("POST", url, json=body) as response,
    ):
        read = next(line for line in response.iter_lines() if "delivery" in line)
        response_id = response.headers["x-cxai-response-id"]
    let_go = wait_for(lambda: place.provider.left > before)
    wait_for(lambda: place.record(response_id) is not None)
    record = place.record(response_id)
    return Outcome(
        status=response.status_code,
        verified=record.verified if record else None,
        reason=record.unverified_reason if record else None,
        reads=TRUE if TRUE in read else read,
        recorded=record is not None,
        also={"the call of the provider": "cancelled" if let_go else "goes on"},
    )


FAULTS = (
    Fault(
        "The provider refuses connections",
        "its port is closed",
        no_answer(502, "upstream_unreachable"),
        during(refusing, answering(Reply(TRUE))),
    ),
    Fault(
        "The provider does not answer",
        "it takes the request and says nothing; `read_timeout_s` is 1.5",
        no_answer(504, "upstream_timeout"),
        answering(Reply(body=b"{}", then="stalls")),
    ),
    Fault(
        "The provider answers 500",
        "with an error object of its own",
        no_answer(500, "upstream_rejected", "overloaded"),
        answering(Reply(status=500, body=error("overloaded"))),
    ),
    Fault(
        "The provider answers 500 with a web page",
        "an HTML body",
        no_answer(500, "upstream_rejected"),
        answering(Reply(status=500, body=b"<html>Oops</html>")),
    ),
    Fault(
        "The provider drips an error without end",
        "a byte at a time; `total_timeout_s` is 4",
        no_answer(504, "upstream_timeout"),
        answering(Reply(status=500, body=b"{", then="never ends")),
    ),
    Fault(
        "The model takes longer than its route allows",
        "its answer never ends; the route's `model_s` is 1",
        replace(no_answer(504, "upstream_timeout"), also={"the model is stopped by": "its route"}),
        never_ending,
        WHOLE,
    ),
    Fault(
        "The provider is over its limit",
        "429 with `Retry-After: 7`",
        replace(no_answer(429, "upstream_rejected", "rate_limited"), also=RETRY_AFTER),
        answering(Reply(status=429, body=error("rate_limited"), headers=RETRY_AFTER)),
    ),
    Fault(
        "The provider answers with invalid JSON",
        "half an object",
        no_answer(502, "upstream_invalid_response"),
        answering(Reply(body=b'{"choices": [')),
        WHOLE,
    ),
    Fault(
        "The provider's answer is too large",
        f"more than `max_answer_bytes`, which is {LARGEST_ANSWER}",
        no_answer(502, "upstream_invalid_response"),
        answering(Reply(f"{TRUE} " * 500)),
        WHOLE,
    ),
    Fault(
        "The provider breaks off a whole answer",
        "the connection is closed in the middle of the body",
        no_answer(502, "upstream_unreachable"),
        answering(Reply(TRUE, then="breaks off")),
        WHOLE,
    ),
    Fault(
        "The provider cuts a stream in the middle of a sentence",
        "the connection is closed after a sentence and a half",
        cut_short("upstream_unreachable"),
        answering(Reply(BEGUN, then="breaks off")),
        STREAMED,
    ),
    Fault(
        "The provider reports an error in the middle of a stream",
        "an error object after a sentence and a half",
        cut_short("upstream_error", "overloaded"),
        answering(Reply(BEGUN, then="reports an error")),
        STREAMED,
    ),
    Fault(
        "The provider sends garbage in the middle of a stream",
        "half a chunk after a sentence and a half",
        cut_short("upstream_invalid_response"),
        answering(Reply(BEGUN, then="sends garbage")),
        STREAMED,
    ),
    Fault(
        "The provider stalls in the middle of a stream",
        "nothing comes after a sentence and a half",
        cut_short("upstream_timeout"),
        answering(Reply(BEGUN, then="stalls")),
        STREAMED,
    ),
    Fault(
        "The second answer of the model does not come",
        "asked again about a false sentence, it says nothing; the route's `rewrite_s` is 1",
        replace(delivered(POLICY_WORDS), decision="rewrite"),
        answering(Reply(FALSE), Reply(body=b"{}", then="stalls"), route="whole"),
    ),
    Fault(
        "The customer leaves in the middle of a stream",
        "the connection is closed after the first sentence; the provider would go on for ever",
        Outcome(
            status=200,
            verified=False,
            reason="interrupted",
            reads=TRUE,
            recorded=True,
            also={"the call of the provider": "cancelled"},
        ),
        leaving,
        STREAMED,
    ),
)
