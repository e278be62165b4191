"""Lists in pages: how many entries a client asks for, and where its next page begins.

A place is a tuple that orders the list; the client has it as a token, and sends anything back in ``after``.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from proxy.ledger.rows import storable
from proxy.wire.errors import InvalidRequest

USUAL_LIMIT, MOST_ENTRIES = 50, 200
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


def limit_of(text: str | None) -> int:
    """How many entries are asked for. Raises InvalidRequest."""
    if text is None:
        return USUAL_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST_ENTRIES):
        raise invalid("limit", f"send a whole number from 1 to {MOST_ENTRIES}")
    return int(text)


def token_of(place: Sequence[Any]) -> str:
    """A place as clients send it back."""
    plain = [one.isoformat() if isinstance(one, datetime) else one for one in place]
    return base64.urlsafe_b64encode(msgspec.json.encode(plain)).decode().rstrip("=")


def place_of(token: str, shape: Any) -> tuple[Any, ...] | None:
    """The place that a token holds, as a tuple of this ``shape``, in UTC; None where it holds none."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars="-_", validate=True)
        place: tuple[Any, ...] = msgspec.json.decode(raw, type=shape)
        return tuple(one.astimezone(UTC) if isinstance(one, datetime) else storable(one) for one in place)
    except (ValueError, OverflowError, msgspec.MsgspecError):
        return None


def invalid(name: str, why: str) -> InvalidRequest:
    return InvalidRequest(f"Invalid value for {name!r}: {why}.", param=name, code="invalid_value")
