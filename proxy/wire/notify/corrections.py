"""Sends approved corrections to customers: by webhook at least once, by mail at most once.

A mail whose process ended while it was handed over is doubtful: a person says what became of it, and nobody sends it
twice. The same is so where the server was given the whole text and did not say that it took it.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from functools import partial

import httpx
import msgspec
import structlog

from proxy.ledger.answers.contexts import facts_of
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.corrected import note_corrected
from proxy.ledger.recall.corrections import MAIL_TAKES
from proxy.ledger.recall.records import MAIL, Correction
from proxy.outgoing import no_cookies, tls
from proxy.recovery.recall.options import RecallOptions
from proxy.telemetry.metrics import Metrics
from proxy.threads import in_thread
from proxy.wire.notify.calling import NotTold, call
from proxy.wire.notify.options import Mail, NotifyOptions, Webhook
from proxy.wire.notify.sending import AT_ONCE, MOST_ATTEMPTS, TIMEOUT_S, again_and_again, backoff

log = structlog.get_logger(__name__)
SUBJECT = "A correction to what we told you"
LOST = "the process ended while the mail was handed to its server; nobody knows whether it left"


class Doubtful(Exception):
    """The server had the whole mail and did not say that it took it."""


class CorrectionSender:
    """``run`` sends until cancelled."""

    def __init__(
        self, ledger: Ledger, notify: NotifyOptions, recall: RecallOptions, metrics: Metrics
    ) -> None:
        self._ledger, self._metrics = ledger, metrics
        self._hooks = {one.name: one for one in notify.webhooks if one.format == "json"}
        self._mail = notify.mail
        self._email_fact = recall.email_fact
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_S, follow_redirects=False, cookies=no_cookies(), verify=tls()
        )
        self._mailing = ThreadPoolExecutor(1, "cxai-corrections")

    async def run(self) -> None:
        try:
            await again_and_again(self.round)
        finally:
            await self.close()

    async def close(self) -> None:
        self._mailing.shutdown(wait=False, cancel_futures=True)
        await self._client.aclose()

    async def round(self, now: datetime) -> int:
        """Send what is due; how many were tried. Raises LedgerError."""
        called = await asyncio.gather(*(self._call(hook, now) for hook in self._hooks.values()))
        mailed = 0
        if self._mail is not None:
            loop, work = asyncio.get_running_loop(), partial(self._send_mails, self._mail, now)
            mailed = await loop.run_in_executor(self._mailing, work)
        return sum(called) + mailed

    async def _call(self, hook: Webhook, now: datetime) -> int:
        due = await in_thread(self._ledger.corrections.take, hook.name, now, AT_ONCE)
        await asyncio.gather(*(self._tell(hook, one, now) for one in due))
        return len(due)

    async def _tell(self, hook: Webhook, one: Correction, now: datetime) -> None:
        try:
            await call(self._client, hook, one.message_id, as_json(one))
        except Exception as error:
            problem = str(error) if isinstance(error, NotTold) else type(error).__name__
            attempts, again_at = self._again(one, now, problem)
            await in_thread(self._ledger.corrections.failed, one.id, attempts, problem, again_at)
            return
        await in_thread(self._sent, one, now)

    def _send_mails(self, mail: Mail, now: datetime) -> int:
        """In a thread of its own, one after the other."""
        boxes = self._ledger.corrections
        if lost := boxes.doubt(now - MAIL_TAKES, LOST):
            log.error(
                "corrections by mail are in doubt; a person has to say what became of them", number=lost
            )
        due: Sequence[Correction] = boxes.take(MAIL, now, AT_ONCE)
        began = time.monotonic()
        for one in due:
            self._send_mail(mail, one, now + timedelta(seconds=time.monotonic() - began))
        return len(due)

    def _send_mail(self, mail: Mail, one: Correction, now: datetime) -> None:
        boxes = self._ledger.corrections
        address = self._address(one)
        if not boxes.sending(one, now):
            return  # another process is at it, or its approval was taken back
        if address is None:
            boxes.not_sent(one.id, one.attempts, "no mail address of this customer is kept", None)
            return
        try:
            hand_over(mail, as_mail(one, mail.sender, address, now))
        except Doubtful as error:
            boxes.in_doubt(one.id, str(error))
            self._metrics.notified(MAIL, "failed")
            log.error("a correction by mail is in doubt", ref=one.ref, correction=one.id, problem=str(error))
        except Exception as error:
            problem = str(error) if isinstance(error, NotTold) else type(error).__name__
            attempts, again_at = self._again(one, now, problem)
            boxes.not_sent(one.id, attempts, problem, again_at)
        else:
            self._sent(one, now)

    def _sent(self, one: Correction, now: datetime) -> None:
        """The failures first: where the process ends in between, they are noted again, and that is once."""
        note_corrected(self._ledger.recalls, self._ledger.failures, one, now)
        self._ledger.corrections.done(one.id, now)
        self._metrics.notified(one.target or "", "told")

    def _again(self, one: Correction, now: datetime, problem: str) -> tuple[int, datetime | None]:
        attempts = one.attempts + 1
        gives_up = attempts >= MOST_ATTEMPTS
        self._metrics.notified(one.target or "", "given_up" if gives_up else "failed")
        log.warning(
            "a correction could not be sent",
            ref=one.ref,
            correction=one.id,
            attempts=attempts,
            problem=problem,
        )
        return attempts, None if gives_up else now + backoff(attempts)

    def _address(self, one: Correction) -> str | None:
        """The customer's address as it was known when the answer was given; None where it is not kept."""
        record = self._ledger.answer(one.response_id)
        if record is None or self._email_fact is None:
            return None
        value = (facts_of(record.context).get(self._email_fact) or {}).get("value")
        address = parseaddr(value)[1] if isinstance(value, str) else ""
        user, at, domain = address.partition("@")
        return address if user and at and "." in domain and "*" not in address else None


def as_json(one: Correction) -> bytes:
    told = {
        "id": one.message_id,
        "type": "recall.correction",
        "at": one.approved_at,
        "tenant": one.tenant,
        "data": {
            "ref": one.ref,
            "customer_id": one.customer_id,
            "conversation_id": one.conversation_id,
            "response_id": one.response_id,
            "text": one.text,
        },
    }
    return msgspec.json.encode(told)


def as_mail(one: Correction, sender: str, to: str, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, SUBJECT
    mail["Message-ID"] = f"<{one.message_id}@{sender.partition('@')[2]}>"
    mail["Date"] = one.approved_at or now
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content((one.text or "") + "\n")
    return mail


def hand_over(target: Mail, mail: EmailMessage) -> None:
    """Give a mail to its server. Raises NotTold where it did not take it for certain, Doubtful where nobody knows."""
    try:
        server = _signed_in(target)
    except (smtplib.SMTPException, OSError) as error:
        raise NotTold(type(error).__name__) from None
    try:
        _give(server, mail)
    finally:
        # Whatever comes of saying good-bye, the mail is taken or not by now.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _give(server: smtplib.SMTP, mail: EmailMessage) -> None:
    try:
        _envelope(server, str(mail["From"]), str(mail["To"]))
    except (smtplib.SMTPException, OSError) as error:
        raise NotTold(type(error).__name__) from None
    try:
        code, _ = server.data(mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")))
    except smtplib.SMTPDataError as error:
        raise NotTold(f"SMTP {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Doubtful(f"{type(error).__name__} after the whole mail was handed over") from None
    if code != 250:
        raise NotTold(f"SMTP {code}")


def _envelope(server: smtplib.SMTP, sender: str, to: str) -> None:
    server.ehlo_or_helo_if_needed()
    for code, answer in (server.mail(sender), server.rcpt(to)):
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, answer)


def _signed_in(target: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if target.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(target.host, target.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(target.host, target.port, timeout=TIMEOUT_S)
    try:
        if target.security == "starttls":
            server.starttls(context=context)
        if target.user is not None:
            server.login(target.user, target.password.get_secret_value() if target.password else "")
    except BaseException:
        server.close()
        raise
    return server
