"""What happens to cases is told at least once, signed, to configured addresses alone; and nothing is lost meanwhile."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import StartProxy
from pydantic import ValidationError
from structlog.testing import capture_logs
from support.waiting import until
from wire.notify.receiving import endless, mail_server, receiver
from wire.notify.rounds import rounds as rounds_since

from proxy.attribute_docs import attribute_docs
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord
from proxy.telemetry.metrics import Metrics
from proxy.wire.notify import calling, sending
from proxy.wire.notify.options import Mail, NotifyOptions, Webhook
from proxy.wire.notify.sending import MOST_ATTEMPTS, Sender, backoff

DOCS = (Path(__file__).parents[3] / "docs" / "escalations.md").read_text(encoding="utf-8")
REF = "CX-2222-2222"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TEXT = "My flight to my mother's funeral was cancelled."


def opened(ledger: Ledger, ref: str = REF, **more: Any) -> None:
    given: dict[str, Any] = {"customer_id": "c-1", "question": TEXT, "blocked_text": TEXT, **more}
    ledger.escalate(EscalationRecord(ref, f"r-{ref}", f"t-{ref}", TEXT, datetime.now(UTC), **given))


def webhook(url: str, **more: Any) -> NotifyOptions:
    return options_of({"name": "crm", "url": url, "secret": SECRET, **more})


def options_of(hook: dict[str, Any]) -> NotifyOptions:
    return NotifyOptions.model_validate({"webhooks": [hook]})


@pytest.fixture
def open_ledger(ledger_url: str) -> Iterator[Callable[..., Ledger]]:
    opened: list[Ledger] = []

    def open_one() -> Ledger:
        opened.append(Ledger.open(ledger_url))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[..., Ledger]) -> Ledger:
    return open_ledger()


def rounds(
    ledger: Ledger, options: NotifyOptions, *seconds: float, metrics: Metrics | None = None
) -> list[int]:
    """At so many seconds from now each."""
    return rounds_since(ledger, options, datetime.now(UTC), *seconds, metrics=metrics)


def verify() -> Callable[[str, dict[str, str], bytes], bool]:
    """As the documentation has it."""
    (snippet,) = re.findall(r"```python\n(.+?)```", DOCS, flags=re.DOTALL)
    place: dict[str, Any] = {}
    exec(snippet, place)
    return place["verify"]  # type: ignore[no-any-return]


def test_each_change_is_told_once_signed_and_without_what_customers_wrote(ledger: Ledger) -> None:
    with receiver() as calls:
        opened(ledger)
        ledger.desk.claim(REF, actor="maria")
        options = webhook(f"{calls.url}/hooks")
        assert rounds(ledger, options, 0, 1) == [2, 0]
    told = [msgspec.json.decode(body) for _, _, body in calls.received]
    assert sorted(one["type"] for one in told) == ["escalation.claimed", "escalation.open"]
    claimed = next(one for one in told if one["type"] == "escalation.claimed")
    assert claimed["data"] | {"opened_at": ""} == {
        "ref": REF, "status": "claimed", "actor": "maria", "queue": "default", "topic": None, "risk": None,
        "opened_at": "", "due_at": None, "customer_id": "c-1", "conversation_id": None, "route": "",
    }  # fmt: skip
    for path, headers, body in calls.received:
        assert path == "/hooks" and TEXT not in body.decode()
        assert headers["webhook-id"] == headers["idempotency-key"] == msgspec.json.decode(body)["id"]
        assert verify()(SECRET, headers, body)
        assert not verify()(SECRET, headers, body + b" ") and not verify()("another secret", headers, body)
        assert not verify()(SECRET, {**headers, "webhook-timestamp": "1"}, body)


def test_what_fails_is_tried_again_later_under_the_same_id(ledger: Ledger) -> None:
    with receiver() as calls:
        calls.statuses = [500, 302, 200]
        calls.headers = {"location": f"{calls.url}/elsewhere"}
        opened(ledger)
        options = webhook(calls.url)
        # Not before its time; and no redirect is followed.
        assert rounds(ledger, options, 0, 4, 5.1, 10, 15.3, 4000) == [1, 0, 1, 0, 1, 0]
    assert len(calls.received) == 3 and {path for path, _, _ in calls.received} == {"/"}
    assert len({headers["webhook-id"] for _, headers, _ in calls.received}) == 1


def test_a_crash_between_sending_and_noting_it_sends_it_again(open_ledger: Callable[..., Ledger]) -> None:
    ledger = open_ledger()
    with receiver() as calls:
        opened(ledger)
        options = webhook(calls.url)
        rounds(ledger, NotifyOptions(), 0)  # nobody was to be told by then
        ledger.desk.claim(REF, actor="maria")
        now = datetime.now(UTC)
        sender_targets = Sender(ledger, options, Metrics()).of_cases
        ledger.desk.outbox.hand_out(sender_targets, now)
        assert len(ledger.desk.outbox.take("crm", now)) == 1  # and then the process dies
        replica = open_ledger()
        assert rounds(replica, options, 30, 61) == [0, 1]
    assert [msgspec.json.decode(body)["type"] for _, _, body in calls.received] == ["escalation.claimed"]


def test_it_is_given_up_at_last_and_that_is_told(ledger: Ledger) -> None:
    opened(ledger)
    metrics = Metrics()
    with capture_logs() as logs:
        tried = rounds(
            ledger,
            webhook("http://127.0.0.1:9"),
            *(10_000.0 * n for n in range(MOST_ATTEMPTS + 2)),
            metrics=metrics,
        )
    assert tried == [1] * MOST_ATTEMPTS + [0, 0]
    (last,) = [one for one in logs if one["event"] == "telling somebody was given up on"]
    assert (last["what"], last["attempts"], last["log_level"]) == (
        f"Case {REF}: open",
        MOST_ATTEMPTS,
        "error",
    )
    assert (last["target"], last["problem"]) == ("crm", "ConnectError")
    assert SECRET not in str(logs)
    assert 'outcome="given_up",target="crm"} 1.0' in metrics.render()[0].decode()


def test_what_is_given_up_is_counted_from_nought_on(ledger: Ledger) -> None:
    """Prometheus does not see an event that makes a counter appear."""
    metrics = Metrics()
    rounds(ledger, webhook("http://127.0.0.1:9"), 0, metrics=metrics)
    assert 'outcome="given_up",target="crm"} 0.0' in metrics.render()[0].decode()


def test_an_answer_without_end_holds_nobody_up(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "WHOLE_S", 1.0)
    opened(ledger)
    with endless(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", b"x" * 1000) as url:
        assert rounds(ledger, webhook(url), 0, 4000) == [1, 0]  # told: its status says so
    ledger.desk.claim(REF, actor="maria")
    with endless(b"HTTP/1.1 200 OK\r\n", b"x-more: 1\r\n") as url, capture_logs() as logs:
        assert rounds(ledger, webhook(url), 0) == [1]
    assert [one["problem"] for one in logs if "could not be told" in one["event"]] == ["TimeoutError"]


def test_an_address_that_hangs_holds_up_no_other(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ROUND_S", 0.02)
    for number in range(20):
        opened(ledger, f"CX-{number:04}")
    with endless(b"HTTP/1.1 200 OK\r\n", b"x-more: 1\r\n") as url, receiver() as calls:
        hooks = [
            {"name": "a", "url": url, "secret": SECRET},
            {"name": "b", "url": calls.url, "secret": SECRET},
        ]
        options = NotifyOptions.model_validate({"webhooks": hooks})

        async def run() -> None:
            running = asyncio.create_task(Sender(ledger, options, Metrics()).run())
            with suppress(TimeoutError):
                async with asyncio.timeout(8):
                    while len(calls.received) < 20:
                        await asyncio.sleep(0.05)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(run())
    assert len(calls.received) == 20


def test_a_mail_server_that_hangs_takes_no_thread_that_answers_need(ledger: Ledger) -> None:
    for number in range(sending.AT_ONCE):
        opened(ledger, f"CX-{number:04}")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes calls, and never says anything
        port = silent.getsockname()[1]
        mail = Mail(host="127.0.0.1", port=port, security="none", sender="a@x.example", to=("b@y.example",))

        async def run() -> float:
            sender = Sender(ledger, NotifyOptions(mail=mail), Metrics())
            telling = asyncio.create_task(sender.round(datetime.now(UTC)))
            await asyncio.sleep(1)
            begun = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await asyncio.to_thread(time.monotonic)
            waited = time.monotonic() - begun
            silent.close()
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await sender.close()
            return waited

        assert asyncio.run(run()) < 1


def test_waits_double_up_to_an_hour() -> None:
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 10, 11, 15)] == [5, 10, 20, 2560, 3600, 3600]


def test_two_replicas_tell_each_change_once(open_ledger: Callable[..., Ledger]) -> None:
    replicas = [open_ledger(), open_ledger()]
    with receiver() as calls:
        for number in range(20):
            opened(replicas[0], f"CX-{number:04}")
        options = webhook(calls.url)

        async def both() -> None:
            senders = [Sender(one, options, Metrics()) for one in replicas]
            now = datetime.now(UTC)
            for _ in range(5):
                await asyncio.gather(*(sender.round(now) for sender in senders))
            for sender in senders:
                await sender.close()

        asyncio.run(both())
    ids = [headers["webhook-id"] for _, headers, _ in calls.received]
    assert len(ids) == len(set(ids)) == 20


def test_it_is_told_of_the_statuses_and_the_tenant_it_asked_for(ledger: Ledger) -> None:
    with receiver() as calls:
        opened(ledger)
        opened(ledger, "CX-3333-3333", tenant="acme")
        ledger.desk.claim("CX-3333-3333", actor="maria", tenant="acme")
        rounds(ledger, webhook(calls.url, statuses=["claimed"], tenant="acme"), 0)
        rounds(ledger, webhook(calls.url), 1)  # what is handed out is not handed out again
    assert [msgspec.json.decode(body)["data"]["ref"] for _, _, body in calls.received] == ["CX-3333-3333"]


def test_slack_gets_a_text_in_which_nothing_is_markup(ledger: Ledger) -> None:
    with receiver() as calls:
        opened(ledger)
        ledger.desk.claim(REF, actor="<!channel> & co")
        rounds(ledger, webhook(calls.url, format="slack", statuses=["claimed"]), 0)
    ((_, headers, body),) = calls.received
    text = "Case CX-2222-2222 is claimed by &lt;!channel&gt; &amp; co (queue default)."
    assert msgspec.json.decode(body) == {"text": text} and verify()(SECRET, headers, body)


def test_mails_say_which_case_and_nothing_of_the_customer(ledger: Ledger) -> None:
    with mail_server() as (port, mails):
        options = NotifyOptions(
            mail=Mail(host="127.0.0.1", port=port, security="none", sender="a@x.example", to=("b@y.example",))
        )
        opened(ledger)
        ledger.desk.claim(REF, actor="maria")  # of which nobody asked for a mail
        assert rounds(ledger, options, 0, 1) == [1, 0]
    (mail,) = mails
    assert (mail["From"], mail["To"], mail["Subject"]) == ("a@x.example", "b@y.example", f"Case {REF}: open")
    assert mail["Message-ID"].startswith(f"<evt_{REF}_") and TEXT not in mail.as_string()
    assert mail.get_payload().strip() == f"Case {REF} is open (queue default)."


def test_a_mail_server_that_is_down_is_tried_again(ledger: Ledger) -> None:
    with mail_server() as (port, mails):
        mail = Mail(host="127.0.0.1", port=9, security="none", sender="a@x.example", to=("b@y.example",))
        opened(ledger)
        assert rounds(ledger, NotifyOptions(mail=mail), 0) == [1] and mails == []
        assert rounds(ledger, NotifyOptions(mail=mail.model_copy(update={"port": port})), 6) == [1]
    assert len(mails) == 1


def test_a_running_proxy_tells_what_the_guard_hands_over(start_proxy: StartProxy) -> None:
    with receiver() as calls:
        proxy = start_proxy(notify=webhook(calls.url))
        proxy.ask("I want to speak to a person.", headers={"x-cxai-customer-id": "c-1"})
        until(lambda: calls.received)
    assert msgspec.json.decode(calls.received[0][2])["type"] == "escalation.open"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"url": "ftp://x"}, "must be an address such as https://"),
        ({"url": "https://user:pw@x.example/"}, "without a password"),
        ({"secret": "short"}, "at least 16 characters"),
        ({"statuses": ["opne"]}, "Input should be"),
        ({"sceret": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_told_and_no_secret_with_it(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as raised:
        options_of({"name": "crm", "url": "https://x.example", "secret": SECRET, **given})
    assert SECRET not in str(raised.value)


def test_two_of_one_name_are_refused_and_secrets_are_not_shown() -> None:
    one = {"name": "a", "url": "https://hooks.example/T0/secret", "secret": SECRET}
    with pytest.raises(ValidationError, match='"a" is there twice'):
        NotifyOptions.model_validate({"webhooks": [one, one]})
    options = NotifyOptions.model_validate({"webhooks": [one]})
    assert str(options) == "a" and SECRET not in repr(options)


@pytest.mark.parametrize(("model", "head"), [(Webhook, "of a webhook"), (Mail, "of `mail`")])
def test_every_option_is_documented(model: Any, head: str) -> None:
    rows = DOCS.partition(f"\n| {head} | default |")[2].split("\n\n")[0].splitlines()[2:]
    told = {cells[1].strip().strip("`"): cells[3].strip() for row in rows if (cells := row.split("|"))}
    assert told == attribute_docs(model) and told.keys() == model.model_fields.keys()
