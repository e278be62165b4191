"""A canary's roll-back is told by webhook and mail as changes of cases are: at least once, under one id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from wire.notify.receiving import mail_server, receiver
from wire.notify.rounds import hook, rounds

from proxy.ledger.ledger import Ledger
from proxy.ledger.rehearsal.canaries import ArmAnswer
from proxy.wire.notify.options import Mail, NotifyOptions
from proxy.wire.notify.sending import targets

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
WHY = "unsupported: worse than allowed. Evidence 20 to 1."


def rolled_back(ledger: Ledger, name: str = "next", tenant: str = "default", at: datetime = NOW) -> None:
    canary = ledger.canaries.begun(tenant, name, "c-1", NOW)
    ledger.canaries.add(ArmAnswer(name, "one", "candidate", NOW, unsupported=True, tenant=tenant))
    ledger.canaries.count(canary, NOW + timedelta(days=1), lambda evidence, conversations: ({}, WHY), at)


def test_it_is_told_once_to_each_with_its_reason(ledger: Ledger) -> None:
    rolled_back(ledger)
    with receiver() as calls, receiver() as slack, mail_server() as (port, mails):
        address = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "a@x.example"}
        mail = Mail.model_validate({**address, "to": ["b@y.example"]})
        hooks = hook(calls.url), hook(slack.url, "slack", format="slack")
        assert rounds(ledger, NotifyOptions(webhooks=hooks, mail=mail), NOW, 0, 1) == [3, 0]
    ((_, headers, body),) = calls.received
    told = msgspec.json.decode(body)
    assert (told["type"], told["tenant"]) == ("canary.rolled_back", "default")
    assert told["data"] == {"candidate": "next", "reason": WHY}
    assert headers["idempotency-key"] == told["id"] == "evt_canary_default_next_20261130T120000"
    assert msgspec.json.decode(slack.received[0][2]) == {
        "text": f"Candidate next is rolled back. {WHY} "
        "Its customers are answered as before, until a person decides about it."
    }
    (message,) = mails
    assert message["Subject"] == "Candidate next is rolled back"


def test_one_that_could_not_be_told_is_told_again_under_the_same_id_and_the_next_under_another(
    ledger: Ledger,
) -> None:
    rolled_back(ledger)
    with receiver() as calls:
        calls.statuses = [500]
        options = NotifyOptions(webhooks=(hook(calls.url),))
        assert rounds(ledger, options, NOW, 0, 4, 5.1, 4000) == [1, 0, 1, 0]
        ledger.canaries.resume("default", "next", by="ana", reason="the prompt is mended", now=NOW)
        assert rounds(ledger, options, NOW, 4001) == [0]
        ledger.canaries.add(ArmAnswer("next", "two", "candidate", NOW, unsupported=True))
        rolled_back(ledger, at=NOW + timedelta(hours=2))
        assert rounds(ledger, options, NOW, 7201) == [1]
    ids = [headers["idempotency-key"] for _, headers, _ in calls.received]
    assert ids[0] == ids[1] != ids[2]


def test_a_crash_after_sending_tells_it_again(ledger: Ledger) -> None:
    rolled_back(ledger)
    options = NotifyOptions(webhooks=(hook("http://127.0.0.1:9"),))
    ledger.roll_backs.hand_out(targets(options), NOW)
    assert len(ledger.roll_backs.take("ops", NOW)) == 1  # and then the process dies
    with receiver() as calls:
        assert rounds(ledger, NotifyOptions(webhooks=(hook(calls.url),)), NOW, 30, 61) == [0, 1]


def test_nobody_else_is_told_nor_whoever_comes_later(ledger: Ledger) -> None:
    rolled_back(ledger, tenant="acme")
    with receiver() as calls:
        others = hook(calls.url, tenant="default"), hook(calls.url, "quiet", roll_backs=False)
        assert rounds(ledger, NotifyOptions(webhooks=others), NOW, 0) == [0]
        assert rounds(ledger, NotifyOptions(webhooks=(hook(calls.url, "new"),)), NOW, 1) == [0]
    assert calls.received == []
