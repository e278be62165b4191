"""That live traffic has changed is told by webhook and mail as changes of cases are: at least once, under one id."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from wire.notify.receiving import mail_server, receiver
from wire.notify.rounds import hook, rounds

from proxy.ledger.ledger import Ledger
from proxy.rehearsal.drift.watching import as_kept
from proxy.wire.notify.options import Mail, NotifyOptions
from proxy.wire.notify.sending import targets

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
CUSTOMER = "My name is Mia Li and my bag is gone."


def looked(ledger: Ledger, day: str, *changed: str, tenant: str = "default") -> None:
    """A look of this day that finds these dimensions changed, as the proxy keeps one."""
    names = ("language", "topics", "length")
    dimensions = [
        {"name": name, "words": f"the {name} of messages", "changed": name in changed} for name in names
    ]
    found = {
        "days": 7,
        "conversations": {"before": 60, "now": 70},
        "dimensions": dimensions,
        "grown": [{"dimension": name, "text": f'9% are like "{CUSTOMER}"'} for name in changed],
    }
    assert ledger.drift.claim(tenant, day)
    ledger.drift.found(tenant, day, as_kept(found, ledger.drift.since(tenant, "2026-11-24")))


def test_it_is_told_once_to_each_in_words_and_without_a_customers(ledger: Ledger) -> None:
    looked(ledger, "2026-11-29")
    looked(ledger, "2026-11-30", "language", "topics")
    with receiver() as calls, receiver() as slack, mail_server() as (port, mails):
        address = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "a@x.example"}
        mail = Mail.model_validate({**address, "to": ["b@y.example"]})
        hooks = hook(calls.url), hook(slack.url, "slack", format="slack")
        assert rounds(ledger, NotifyOptions(webhooks=hooks, mail=mail), NOW, 0, 1) == [3, 0]
    ((_, headers, body),) = calls.received
    told = msgspec.json.decode(body)
    assert (told["type"], told["tenant"]) == ("traffic.drifted", "default")
    assert told["data"] == {
        "dimensions": ["language", "topics"],
        "days": 7,
        "conversations": {"before": 60, "now": 70},
    }
    assert headers["idempotency-key"] == told["id"] == "evt_drift_default_2026-11-30"
    assert msgspec.json.decode(slack.received[0][2]) == {
        "text": "Live traffic of the last 7 days is not like that of the 7 days before: the language of messages, "
        "the topics of messages. What was rehearsed may hold no longer: record it and rehearse anew. "
        "`cxai rehearse drift` says what there is more of."
    }
    (message,) = mails
    assert message["Subject"] == "Live traffic has changed"
    assert not any(b"Mia Li" in each for each in (body, slack.received[0][2], message.as_bytes()))


def test_a_change_that_goes_on_for_days_is_one_alarm_and_another_one_is_another(ledger: Ledger) -> None:
    with receiver() as calls:
        options = NotifyOptions(webhooks=(hook(calls.url),))
        for day, changed, tried in (
            ("2026-11-24", ("language",), 1),
            ("2026-11-25", ("language",), 0),
            ("2026-11-26", (), 0),
            ("2026-11-27", ("language", "length"), 1),
        ):
            looked(ledger, day, *changed)
            assert rounds(ledger, options, NOW, 0) == [tried], day
    told = [msgspec.json.decode(body)["data"]["dimensions"] for _, _, body in calls.received]
    assert told == [["language"], ["length"]]


def test_one_that_could_not_be_told_is_told_again_under_the_same_id(ledger: Ledger) -> None:
    looked(ledger, "2026-11-30", "language")
    with receiver() as calls:
        calls.statuses = [500]
        assert rounds(ledger, NotifyOptions(webhooks=(hook(calls.url),)), NOW, 0, 4, 5.1, 4000) == [
            1,
            0,
            1,
            0,
        ]
    first, second = (headers["idempotency-key"] for _, headers, _ in calls.received)
    assert first == second


def test_a_crash_after_sending_tells_it_again(ledger: Ledger) -> None:
    looked(ledger, "2026-11-30", "language")
    options = NotifyOptions(webhooks=(hook("http://127.0.0.1:9"),))
    assert ledger.drift_alarms.hand_out(targets(options), NOW) == 1
    assert len(ledger.drift_alarms.take("ops", NOW)) == 1  # and then the process dies
    with receiver() as calls:
        assert rounds(ledger, NotifyOptions(webhooks=(hook(calls.url),)), NOW, 30, 61) == [0, 1]


def test_nobody_else_is_told_nor_whoever_comes_later(ledger: Ledger) -> None:
    looked(ledger, "2026-11-30", "language", tenant="acme")
    with receiver() as calls:
        others = hook(calls.url, tenant="default"), hook(calls.url, "quiet", drifts=False)
        assert rounds(ledger, NotifyOptions(webhooks=others), NOW, 0) == [0]
        assert rounds(ledger, NotifyOptions(webhooks=(hook(calls.url, "new"),)), NOW, 1) == [0]
    assert calls.received == []
