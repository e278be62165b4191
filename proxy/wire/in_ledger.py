"""The ledger as doors ask it: in a thread, and what it cannot say is an error that the client can read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from proxy.ledger.ledger import LedgerError
from proxy.wire.errors import LedgerUnavailable

T = TypeVar("T")


async def in_ledger(work: Callable[[], T], failed: str) -> T:
    """What the work returns. Raises LedgerUnavailable with the message ``failed``."""
    try:
        return await asyncio.to_thread(work)
    except LedgerError as error:
        raise LedgerUnavailable(failed) from error
