"""Failures in a running proxy's ledger, as tests of their pages need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from conftest import RunningProxy
from support.browser import PAYLOAD
from support.customers import contact
from support.people import console_client, csrf_in
from support.recorded import claim, recorded_decision

from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.review.plan import ReviewPlan
from proxy.review.sampling import is_kept_back

NOW = datetime.now(UTC)
ONCE = "0123456789abcdef"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def readable(name: str) -> str:
    """An id that begins so, of an answer that nobody is kept from reading because it may come to be reviewed."""
    plan = ReviewPlan()
    ids = (f"{name}-{number}" for number in range(1000))
    return next(one for one in ids if not is_kept_back(recorded_decision(one), plan))


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def happened(step: str, at: datetime, **values: Any) -> FailureEvent:
    """``data`` are further named values."""
    own = {name: values.pop(name) for name in ("actor", "source", "note") if name in values}
    return FailureEvent(f"{step} {at.isoformat()}", step, at, **{"actor": "cxai", **own}, data=values)


def promise_of_90_days(ledger: Ledger, answer: str = "", /, **values: Any) -> str:
    """A wrong sentence that a customer was told ten days ago, with its answer, found by the customer after six."""
    response_id = answer or readable("moffatt")
    wrong = claim(
        "You can claim it within 90 days.", 0.2, "contradicted", reason="90 days / not after travel"
    )
    ledger.record(
        recorded_decision(
            response_id,
            question="Can I claim the bereavement fare after my trip?",
            answer="You can claim it within 90 days.",
            claims=[wrong],
            ago=timedelta(days=10),
            trace_id=TRACE,
        )
    )
    usual = {
        "kind": "wrong_claim",
        "occurred_at": ago(days=10),
        "customer_id": "C-1",
        "response_id": response_id,
        "text": "You can claim it within 90 days.",
        "incident": "recall RC-1",
        "trace_id": TRACE,
    }
    told = Failure(f"wrong {response_id}", **{**usual, **values})
    found = happened(
        "detected", ago(days=4), source="customer", severity="high", amount=120.0, currency="CAD"
    )
    failure_id, _ = ledger.failures.tell(told, found)
    return failure_id


EVIL = readable("evil")


def hostile(ledger: Ledger) -> str:
    """Every text of a failure that comes from customers, models, tools, files or other systems."""
    ledger.record(
        recorded_decision(
            EVIL,
            question=PAYLOAD,
            answer=PAYLOAD,
            claims=[claim(PAYLOAD, 0.1, "unsupported", reason=PAYLOAD)],
        )
    )
    told = Failure(
        EVIL,
        PAYLOAD,
        ago(hours=2),
        customer_id=PAYLOAD,
        response_id=EVIL,
        case_ref=PAYLOAD,
        channel=PAYLOAD,
        topic=PAYLOAD,
        incident=PAYLOAD,
        text=PAYLOAD,
        trace_id=PAYLOAD,
    )
    names = (
        "severity",
        "cause",
        "currency",
        "how",
        "rule",
        "review",
        "corpus_version",
        "contact",
        "response_id",
        "case_ref",
        "lesson",
    )
    found = happened(
        "detected",
        ago(hours=1),
        actor=PAYLOAD,
        source=PAYLOAD,
        note=PAYLOAD,
        amount=1.0,
        **dict.fromkeys(names, PAYLOAD),
    )
    failure_id, _ = ledger.failures.tell(told, found)
    at = ago(minutes=30)
    complaint = contact(EVIL, "complaint", customer_id=PAYLOAD, text=PAYLOAD, ref=PAYLOAD, actor=PAYLOAD)
    ledger.customers.report([replace(complaint, at=at)])
    return failure_id


def post(
    proxy: RunningProxy, token: str, path: str, form: Mapping[str, Any], *, below: str = "failures"
) -> httpx.Response:
    """A form of a failure's page as it would be sent; a case that is tried takes its time."""
    with console_client(proxy.url, token) as client:
        client.timeout = httpx.Timeout(180)
        csrf = csrf_in(client.get("/console/account"))
        return client.post(f"/console/{below}/{path}", data={"csrf": csrf, "once": ONCE, **form})
