"""Sends what the outbox holds, until it is told or given up: each target by itself, once a second, several at once."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import structlog

from proxy.ledger.announced import Announced
from proxy.ledger.deliveries import Deliveries
from proxy.ledger.desk.outbox import Target
from proxy.ledger.ledger import Ledger
from proxy.outgoing import no_cookies, tls
from proxy.telemetry.metrics import Metrics
from proxy.threads import in_thread
from proxy.wire.notify.calling import NotTold, call
from proxy.wire.notify.messages import Message, as_json, as_mail, as_slack, told_of
from proxy.wire.notify.options import Mail, NotifyOptions, Webhook

log = structlog.get_logger(__name__)

ROUND_S = 1.0
TIMEOUT_S = 10.0
AT_ONCE = 8
FIRST_AGAIN = timedelta(seconds=5)
LONGEST_AGAIN = timedelta(hours=1)
MOST_ATTEMPTS = 15  # over some five and a half hours


def targets(
    options: NotifyOptions, wanted: Callable[[Webhook | Mail], bool] = lambda one: True
) -> list[Target]:
    """Who is told: those whose options say that it is ``wanted``."""
    return [Target(one.name, frozenset(one.statuses), one.tenant) for one in options.every if wanted(one)]


class Sender:
    """``run`` sends until cancelled. Where nobody is configured, it only notes that nobody was to be told."""

    def __init__(self, ledger: Ledger, options: NotifyOptions, metrics: Metrics) -> None:
        self._cases, self._metrics = ledger.desk.outbox, metrics
        self._announced: list[tuple[Announced[Any], list[Target]]] = [
            (ledger.roll_backs, targets(options, lambda one: one.roll_backs)),
            (ledger.drift_alarms, targets(options, lambda one: one.drifts)),
        ]
        announced = [box for box, _ in self._announced]
        self._boxes: list[Deliveries[Any]] = [ledger.people_calls, *announced, self._cases]
        self._options = {one.name: one for one in options.every}
        for name in self._options:
            metrics.will_notify(name)
        self.of_cases = targets(options)
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_S, follow_redirects=False, cookies=no_cookies(), verify=tls()
        )
        # Of their own: a mail server that hangs takes none of the threads that answers need.
        self._mailing = ThreadPoolExecutor(AT_ONCE, "cxai-mail")

    async def run(self) -> None:
        """A target that hangs or fails holds up no other one."""
        telling = (again_and_again(partial(self._tell, name)) for name in self._options)
        try:
            await asyncio.gather(again_and_again(self._hand_out), *telling)
        finally:
            await self.close()

    async def close(self) -> None:
        self._mailing.shutdown(wait=False, cancel_futures=True)
        await self._client.aclose()

    async def round(self, now: datetime) -> int:
        """Hand out what is new and send each target what is due; how many were tried. Raises LedgerError."""
        await self._hand_out(now)
        return sum(await asyncio.gather(*(self._tell(name, now) for name in self._options)))

    async def _hand_out(self, now: datetime) -> int:
        count = await in_thread(self._cases.hand_out, self.of_cases, now)
        for box, to in self._announced:
            count += await in_thread(box.hand_out, to, now)
        return count

    async def _tell(self, name: str, now: datetime) -> int:
        """Send a target what is due, at most AT_ONCE of each kind."""
        due: list[tuple[Message, Deliveries[Any]]] = []
        for box in self._boxes:
            due += [(one, box) for one in await in_thread(box.take, name, now, AT_ONCE)]
        await asyncio.gather(*(self._send(news, box, now) for news, box in due))
        return len(due)

    async def _send(self, news: Message, box: Deliveries[Any], now: datetime) -> None:
        target = self._options[news.target]
        try:
            if isinstance(target, Webhook):
                await self._call(target, news)
            else:
                await asyncio.get_running_loop().run_in_executor(self._mailing, send_mail, target, news)
        except Exception as error:
            await self._not_told(
                news, box, now, str(error) if isinstance(error, NotTold) else type(error).__name__
            )
            return
        self._metrics.notified(news.target, "told")
        await in_thread(box.done, news.delivery_id, now)

    async def _not_told(self, news: Message, box: Deliveries[Any], now: datetime, problem: str) -> None:
        attempts = news.attempts + 1
        gives_up = attempts >= MOST_ATTEMPTS
        again_at = None if gives_up else now + backoff(attempts)
        self._metrics.notified(news.target, "given_up" if gives_up else "failed")
        told = log.error if gives_up else log.warning
        told(
            "telling somebody was given up on" if gives_up else "somebody could not be told",
            target=news.target,
            what=told_of(news).subject,
            attempts=attempts,
            problem=problem,
        )
        await in_thread(box.failed, news.delivery_id, attempts, problem, again_at)

    async def _call(self, target: Webhook, news: Message) -> None:
        body = as_slack(news) if target.format == "slack" else as_json(news)
        await call(self._client, target, told_of(news).id, body)


async def again_and_again(part: Callable[[datetime], Awaitable[int]]) -> None:
    is_away = False
    while True:
        try:
            await part(datetime.now(UTC))
            is_away = False
        except Exception as error:  # whatever it is, who sends no more would leave all untold
            if not is_away:
                log.error("nobody can be told anything just now", error=str(error))
            is_away = True
        await asyncio.sleep(ROUND_S)


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 5 s, 10 s, 20 s, ... and never more than an hour."""
    doubled: timedelta = FIRST_AGAIN * 2 ** (attempts - 1)
    return min(LONGEST_AGAIN, doubled)


def send_mail(target: Mail, news: Message) -> None:
    """In a thread. Raises what smtplib raises."""
    mail = as_mail(news, target.sender, target.to)
    context = ssl.create_default_context()
    if target.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(target.host, target.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(target.host, target.port, timeout=TIMEOUT_S)
    with server:
        if target.security == "starttls":
            server.starttls(context=context)
        if target.user is not None:
            server.login(target.user, target.password.get_secret_value() if target.password else "")
        server.send_message(mail)
