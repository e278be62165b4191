"""Rounds of telling others, at times that a test says."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from proxy.ledger.ledger import Ledger
from proxy.telemetry.metrics import Metrics
from proxy.wire.notify.options import NotifyOptions, Webhook
from proxy.wire.notify.sending import Sender

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def hook(url: str, name: str = "ops", **more: object) -> Webhook:
    return Webhook.model_validate({"name": name, "url": url, "secret": SECRET, **more})


def rounds(
    ledger: Ledger,
    options: NotifyOptions,
    since: datetime,
    *seconds: float,
    metrics: Metrics | None = None,
) -> list[int]:
    """Rounds of sending, so many seconds after ``since`` each; how many were tried."""

    async def run() -> list[int]:
        sender = Sender(ledger, options, metrics or Metrics())
        try:
            return [await sender.round(since + timedelta(seconds=after)) for after in seconds]
        finally:
            await sender.close()

    return asyncio.run(run())
