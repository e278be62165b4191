"""When more cases wait than people can look at, whoever can call some in is told: at least once, not all the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from conftest import StartProxy
from structlog.testing import capture_logs
from support.waiting import until
from wire.notify.receiving import mail_server, receiver
from wire.notify.rounds import rounds as rounds_since

from proxy.ledger.desk.outbox import Target
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord
from proxy.review.overload import LiveOverload
from proxy.review.plan import ReviewPlan
from proxy.review.watching import look
from proxy.telemetry.metrics import Metrics
from proxy.wire.notify.options import Mail, NotifyOptions, Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLAN = ReviewPlan(people=1, seconds_per_case=600, most_wait_minutes=15, call_every_minutes=30)
NOW = datetime.now(UTC)


def waiting(ledger: Ledger, cases: int) -> None:
    for number in range(cases):
        ref = f"CX-2222-22{number:02}"
        ledger.escalate(EscalationRecord(ref, f"r{number}", f"turn {number}", "why", NOW))


def hook(url: str, **more: object) -> Webhook:
    return Webhook.model_validate({"name": "crm", "url": url, "secret": SECRET, **more})


def looked(ledger: Ledger, minutes: float, *targets: Target, metrics: Metrics | None = None) -> bool:
    """A look by a replica of its own; whether people were called in."""
    overload = LiveOverload(ledger, PLAN)
    at = NOW + timedelta(minutes=minutes)
    return look("default", overload, ledger.people_calls, targets, metrics or Metrics(), at)


def rounds(
    ledger: Ledger, options: NotifyOptions, *seconds: float, metrics: Metrics | None = None
) -> list[int]:
    return rounds_since(ledger, options, NOW, *seconds, metrics=metrics)


CRM = Target("crm", frozenset())


def test_people_are_called_in_by_webhook_and_by_mail(ledger: Ledger) -> None:
    waiting(ledger, 6)
    with receiver() as calls, mail_server() as (port, mails):
        address = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "a@x.example"}
        mail = Mail.model_validate({**address, "to": ["b@y.example"], "statuses": ["closed"]})
        options = NotifyOptions(webhooks=(hook(calls.url, statuses=["closed"]),), mail=mail)
        assert looked(ledger, 0, CRM, Target("mail", frozenset()))
        assert rounds(ledger, options, 0, 1) == [2, 0]
    ((_, headers, body),) = calls.received
    told = msgspec.json.decode(body)
    assert (
        told["type"] == "people.needed" and headers["webhook-id"] == headers["idempotency-key"] == told["id"]
    )
    assert told["data"] == {"waiting": 6, "people": 1, "people_needed": 2, "wait_s": 3600}
    assert told["id"] == f"evt_people_default_{NOW:%Y%m%dT%H%M%S}"
    (message,) = mails
    assert message["Subject"] == "More people are needed" and message["Message-ID"].startswith(
        f"<{told['id']}@"
    )
    assert " ".join(message.get_payload(decode=True).decode().split()) == (
        "More cases wait than people can look at: 6, with 1 at work, so that a new one waits about 60 minutes. "
        "2 people would settle them within an hour."
    )


def test_they_are_called_once_in_an_interval_whichever_replica_looks(ledger: Ledger) -> None:
    waiting(ledger, 6)
    with capture_logs() as logs:
        called = [looked(ledger, minutes, CRM) for minutes in (0, 0.25, 15, 29.9, 30, 31)]
    assert called == [True, False, False, False, True, False]
    assert [one["event"] for one in logs].count("more cases than people can look at: call people in") == 2
    with receiver() as calls:
        assert rounds(ledger, NotifyOptions(webhooks=(hook(calls.url),)), 1900) == [8]  # and six new cases
    ids = {headers["webhook-id"] for _, headers, body in calls.received if b"people.needed" in body}
    assert len(ids) == 2


def test_a_call_that_fails_is_tried_again_under_the_same_id(ledger: Ledger) -> None:
    waiting(ledger, 6)
    assert looked(ledger, 0, CRM)
    metrics = Metrics()
    with receiver() as calls:
        calls.statuses = [500]
        options = NotifyOptions(webhooks=(hook(calls.url, statuses=["closed"]),))
        assert rounds(ledger, options, 0, 4, 5.1, 4000, metrics=metrics) == [1, 0, 1, 0]
    assert len(calls.received) == 2
    assert len({headers["idempotency-key"] for _, headers, _ in calls.received}) == 1
    shown = metrics.render()[0].decode()
    assert 'outcome="failed",target="crm"} 1.0' in shown and 'outcome="told",target="crm"} 1.0' in shown


def test_a_crash_after_sending_sends_it_again(ledger: Ledger) -> None:
    waiting(ledger, 6)
    looked(ledger, 0, CRM)
    assert len(ledger.people_calls.take("crm", NOW, 8)) == 1  # and then the process dies
    with receiver() as calls:
        options = NotifyOptions(webhooks=(hook(calls.url, statuses=["closed"]),))
        assert rounds(ledger, options, 30, 61) == [0, 1]
    assert len(calls.received) == 1


def test_nobody_is_called_where_people_get_to_it_in_time_nor_another_tenants_desk(ledger: Ledger) -> None:
    waiting(ledger, 1)
    metrics = Metrics()
    assert not looked(ledger, 0, CRM, metrics=metrics)
    shown = metrics.render()[0].decode()
    for line in (
        'cxai_people_at_work{tenant="default"} 1.0',
        'cxai_case_wait_seconds{tenant="default"} 600.0',
    ):
        assert line in shown
    waiting(ledger, 6)
    assert looked(ledger, 0, Target("crm", frozenset(), "acme"))
    assert ledger.people_calls.take("crm", NOW, 8) == []


def test_a_running_proxy_calls_people_in(start_proxy: StartProxy, tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger.open(url) as ledger:
        waiting(ledger, 6)
    with receiver() as calls:
        options = NotifyOptions(webhooks=(hook(calls.url, statuses=["closed"]),))
        start_proxy(database_url=url, review=PLAN, notify=options)
        until(lambda: calls.received)
    assert msgspec.json.decode(calls.received[0][2])["type"] == "people.needed"
