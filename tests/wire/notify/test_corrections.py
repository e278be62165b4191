"""Corrections reach their customers once: by webhook under one id, by mail at most once, whatever breaks in between."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from support.told import told
from wire.notify.receiving import mail_server, receiver

from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.corrections import MAIL_TAKES, NewCorrection
from proxy.ledger.recall.records import MAIL, NEXT_TURN, Correction, CorrectionState, Recall
from proxy.recovery.recall.options import RecallOptions
from proxy.telemetry.metrics import Metrics
from proxy.wire.notify.corrections import CorrectionSender
from proxy.wire.notify.options import NotifyOptions

NOW = datetime.now(UTC)
TEXT = "Refunds are paid within 14 days of the return."
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OPTIONS = RecallOptions(email_fact="email")


def approved(
    ledger: Ledger, target: str, customers: int = 1, email: str = "ann@example.com"
) -> list[Correction]:
    context = {"facts": {"email": {"state": "fresh", "value": email}}}
    ledger.recalls.begin(Recall("RC-2222-2222", NOW, "ana", {}, customers))
    for number in range(customers):
        ledger.record(told(f"r{number}", "Within 90 days.", customer_id=f"C-{number}", context=context))
    drafts = [
        NewCorrection("RC-2222-2222", f"C-{number}", None, f"r{number}", (), NOW, TEXT, verified=True)
        for number in range(customers)
    ]
    ledger.corrections.draft(drafts)
    for one in ledger.corrections.of("default"):
        ledger.corrections.approve(one, target, "ana", NOW)
    return ledger.corrections.of("default")


def hook(url: str) -> NotifyOptions:
    return NotifyOptions.model_validate({"webhooks": [{"name": "crm", "url": url, "secret": SECRET}]})


def mail(port: int) -> NotifyOptions:
    given = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "us@example.com",
        "to": ["x@y.example"],
    }
    return NotifyOptions.model_validate({"mail": given})


def rounds(ledger: Ledger, options: NotifyOptions, *times: datetime) -> list[int]:
    async def all_of_them() -> list[int]:
        sender = CorrectionSender(ledger, options, OPTIONS, Metrics())
        try:
            return [await sender.round(at) for at in times]
        finally:
            await sender.close()

    return asyncio.run(all_of_them())


def states(ledger: Ledger) -> list[str]:
    return [one.state for one in ledger.corrections.of("default")]


def test_a_webhook_is_called_until_it_says_yes_and_under_one_id(ledger: Ledger) -> None:
    approved(ledger, "crm")
    with receiver() as calls:
        calls.statuses = [500]
        tried = rounds(
            ledger, hook(calls.url), NOW, NOW, NOW + timedelta(seconds=70), NOW + timedelta(days=1)
        )
    assert tried == [1, 0, 1, 0]
    ids = [headers["webhook-id"] for _, headers, _ in calls.received]
    assert len(ids) == 2 and len(set(ids)) == 1
    body = msgspec.json.decode(calls.received[0][2])
    assert body["type"] == "recall.correction" and body["data"]["text"] == TEXT
    assert body["data"]["customer_id"] == "C-0"
    assert states(ledger) == [CorrectionState.SENT]


def test_a_mail_goes_to_the_customer_and_once(ledger: Ledger) -> None:
    approved(ledger, MAIL)
    with mail_server() as (port, received):
        rounds(ledger, mail(port), NOW, NOW + timedelta(days=1))
    (one,) = received
    assert one["To"] == "ann@example.com" and TEXT in one.get_payload()
    assert states(ledger) == [CorrectionState.SENT]


def test_a_mail_that_no_server_took_is_tried_again(ledger: Ledger) -> None:
    approved(ledger, MAIL)
    rounds(ledger, mail(1), NOW)
    (one,) = ledger.corrections.of("default")
    assert (one.state, one.attempts, one.sending_at) == (CorrectionState.APPROVED, 1, None)
    with mail_server() as (port, received):
        rounds(ledger, mail(port), NOW + timedelta(minutes=1))
    assert len(received) == 1 and states(ledger) == [CorrectionState.SENT]


@pytest.mark.parametrize("email", ["", "no address", "a***@example.com"])
def test_without_an_address_it_fails_and_says_so(email: str, ledger: Ledger) -> None:
    approved(ledger, MAIL, email=email)
    with mail_server() as (port, received):
        rounds(ledger, mail(port), NOW)
    (one,) = ledger.corrections.of("default")
    assert one.state == CorrectionState.FAILED and "no mail address" in (one.problem or "")
    assert not received


def test_a_server_that_hangs_up_after_the_whole_mail_leaves_a_doubt(ledger: Ledger) -> None:
    approved(ledger, MAIL)
    with hangs_up_after_the_mail() as port:
        rounds(ledger, mail(port), NOW, NOW + timedelta(days=1))
    (one,) = ledger.corrections.of("default")
    assert one.state == CorrectionState.DOUBTFUL and "handed over" in (one.problem or "")


def test_a_person_says_what_became_of_a_doubtful_mail(ledger: Ledger) -> None:
    first, second = approved(ledger, MAIL, customers=2)
    for one in (first, second):
        ledger.corrections.sending(one, NOW)
        ledger.corrections.in_doubt(one.id, "nobody knows")
    ledger.corrections.resolve(first.id, sent=True, actor="ana", now=NOW)
    ledger.corrections.resolve(second.id, sent=False, actor="ana", now=NOW)
    with mail_server() as (port, received):
        rounds(ledger, mail(port), NOW)
    assert len(received) == 1 and states(ledger) == [CorrectionState.SENT] * 2


def test_a_mail_that_was_taken_back_and_written_anew_leaves_only_as_it_was_approved_anew(
    ledger: Ledger,
) -> None:
    """While its server is slow with the mails before it, it waits among those that were read with its old text."""
    _, second = approved(ledger, MAIL, customers=2)
    received: list[str] = []

    def answer(said: bytes, number: int) -> bytes:
        received.append(said.decode())
        if number == 1:
            later = NOW + timedelta(seconds=61)
            ledger.corrections.withdraw(second.id, "ben", later)
            ledger.corrections.rewrite(second.id, "Anew.", verified=True, problem=None, actor="ben")
            (anew,) = ledger.corrections.of("default", ids=[second.id])
            ledger.corrections.approve(anew, NEXT_TURN, "ana", later)
        return b"250 taken\r\n"

    with _serving(answer) as port:
        rounds(ledger, mail(port), NOW)
    assert len(received) == 1 and states(ledger) == [CorrectionState.SENT, CorrectionState.APPROVED]
    (told,) = ledger.corrections.take_for("default", second.customer_id, NOW + timedelta(minutes=2))
    assert told.text == "Anew."


def test_a_process_killed_while_it_sends_sends_no_mail_twice(ledger: Ledger, ledger_url: str) -> None:
    """A real process, a real SIGKILL while a mail is handed over: that one is in doubt, the others are sent once."""
    approved(ledger, MAIL, customers=5)
    with slow_mail_server(stops_at=3) as (port, received, reached):
        child = multiprocessing.get_context("spawn").Process(target=send_for_ever, args=(ledger_url, port))
        child.start()
        assert reached.wait(30)
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    with mail_server() as (port, later):
        soon = datetime.now(UTC) + MAIL_TAKES
        rounds(ledger, mail(port), soon, soon + timedelta(seconds=70), soon + timedelta(hours=2))
    sent = [*received, *(one["Message-ID"] for one in later)]
    assert len(sent) == len(set(sent)) == 4
    assert sorted(states(ledger)) == sorted([CorrectionState.SENT] * 4 + [CorrectionState.DOUBTFUL])


def send_for_ever(url: str, port: int) -> None:
    with Ledger.open(url, upgrade=False) as ledger:
        asyncio.run(CorrectionSender(ledger, mail(port), OPTIONS, Metrics()).run())


@contextmanager
def hangs_up_after_the_mail() -> Iterator[int]:
    with _serving(lambda said, number: None) as port:
        yield port


@contextmanager
def slow_mail_server(stops_at: int) -> Iterator[tuple[int, list[str], threading.Event]]:
    """Takes mails; at the one of this number it says nothing any more. The ids of those it took."""
    received: list[str] = []
    reached = threading.Event()

    def answer(said: bytes, number: int) -> bytes | None:
        if number == stops_at:
            reached.set()
            time.sleep(60)
            return None
        received.append(
            next(line for line in said.decode().splitlines() if line.startswith("Message-ID")).split()[1]
        )
        return b"250 taken\r\n"

    with _serving(answer) as port:
        yield port, received, reached


@contextmanager
def _serving(answer: Callable[[bytes, int], bytes | None]) -> Iterator[int]:
    """A mail server that asks ``answer`` what to say to a whole mail; at None it hangs up."""
    count = 0

    def serve(called: socket.socket) -> None:
        nonlocal count
        with called, suppress(OSError):
            called.sendall(b"220 here\r\n")
            reading = called.makefile("rb")
            while line := reading.readline():
                if line.upper().startswith(b"DATA"):
                    called.sendall(b"354 go on\r\n")
                    said = b""
                    while (more := reading.readline()) != b".\r\n":
                        said += more
                    count += 1
                    told = answer(said, count)
                    if told is None:
                        return
                    called.sendall(told)
                else:
                    called.sendall(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")

    def accept(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
