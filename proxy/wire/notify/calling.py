"""One signed call of a webhook."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx

from proxy.wire.notify.messages import signed
from proxy.wire.notify.options import Webhook

WHOLE_S = 30.0  # of one call, however little of it comes at a time: nobody else is told meanwhile


class NotTold(Exception):
    """It could not be sent; the text says why, without what was sent."""


async def call(client: httpx.AsyncClient, target: Webhook, message_id: str, body: bytes) -> None:
    """Call it; ``message_id`` names the message for good. Raises NotTold, and what httpx and asyncio raise."""
    sent_at = int(datetime.now(UTC).timestamp())
    headers = signed(target.secret.get_secret_value(), message_id, sent_at, body)
    # What is answered beside the status is not read: it may be without end.
    sending = client.stream("POST", target.url, content=body, headers=headers)
    async with asyncio.timeout(WHOLE_S), sending as answer:
        if not answer.is_success:
            raise NotTold(f"HTTP {answer.status_code}")
