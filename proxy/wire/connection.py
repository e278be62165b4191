"""A client's connection: uvicorn's HTTP protocol with our limits of size and time."""

from __future__ import annotations

from proxy.wire.head_limit import LimitedHeads
from proxy.wire.unread_answers import ReadInTime


class LimitedConnection(LimitedHeads, ReadInTime):
    """Who sends headers without end, or reads an answer never, is not waited for."""
