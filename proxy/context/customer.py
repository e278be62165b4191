"""Who is asking: identity and scope from the ``x-cxai-*`` headers, with the body's own fields as fallback.

These headers are ours: they are read here and never forwarded upstream. An id that many customers share, such as
"guest", is nobody's: by it one customer would hear what is another's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from proxy.corpus.documents import CUSTOMER_AUDIENCE, Scope
from proxy.ledger.rows import storable

HEADER_PREFIX = "x-cxai-"
LONGEST = 1_024  # bytes of an id or a name
# What clients send in the place of an id where they know of none.
SHARED_IDS = (
    *(
        "anonymous",
        "anon",
        "guest",
        "visitor",
        "unknown",
        "unidentified",
        "nobody",
        "customer",
        "user",
        "default",
    ),
    *(
        "none",
        "null",
        "nil",
        "undefined",
        "nan",
        "n/a",
        "-",
        "0",
        "-1",
        "00000000-0000-0000-0000-000000000000",
    ),
)
# How the SDKs of OpenAI tell their automatic retries from a first request.
RETRY_COUNT = "x-stainless-retry-count"


class ContextError(ValueError):
    """A context header that cannot be read; ``header`` names it."""

    def __init__(self, header: str, message: str) -> None:
        super().__init__(message)
        self.header = header


@dataclass(frozen=True, slots=True)
class Customer:
    """The customer of one request. Without an id the context counts as missing; general questions are answered.

    ``retried`` says that an SDK sends the request again by itself.
    """

    id: str | None
    conversation_id: str | None
    channel: str
    jurisdiction: str | None
    audience: str
    as_of: datetime | None
    retried: bool = False

    @property
    def is_stranger(self) -> bool:
        """Whether nothing tells this customer from any other."""
        return self.id is None and self.conversation_id is None

    def scope(self, now: datetime, documents: tuple[str, ...] = ("*",)) -> Scope:
        """Where and when policy is asked for; ``documents`` are the route's."""
        return Scope(self.as_of or now, self.jurisdiction, self.audience, documents)


def customer_from(
    headers: Mapping[str, str], body: Mapping[str, Any], shared_ids: Collection[str] = SHARED_IDS
) -> Customer:
    """Read the customer from lower-case headers and the request body; ``shared_ids``, in small letters, are nobody's.

    Raises ContextError where ``x-cxai-as-of`` is not an RFC 3339 date or time, or a header is too long.
    """

    def header(name: str) -> str | None:
        value = (headers.get(HEADER_PREFIX + name) or "").strip()
        if _size(value) > LONGEST:
            raise ContextError(
                HEADER_PREFIX + name,
                f"{HEADER_PREFIX}{name}: longer than {LONGEST} bytes; send an id or a name",
            )
        return value or None

    told = header("customer-id"), _text(body.get("safety_identifier")), _text(body.get("user"))
    return Customer(
        id=next((one for one in told if one and one.casefold() not in shared_ids), None),
        conversation_id=header("conversation-id"),
        channel=header("channel") or "chat",
        jurisdiction=header("jurisdiction"),
        audience=header("audience") or CUSTOMER_AUDIENCE,
        as_of=parse_policy_date(header("as-of")),
        retried=(headers.get(RETRY_COUNT) or "0").strip().lstrip("0") != "",
    )


def parse_policy_date(value: str | None) -> datetime | None:
    """An RFC 3339 time in UTC; a plain date is its first moment. Raises ContextError."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ContextError(
            "x-cxai-as-of",
            f"x-cxai-as-of: {value!r} is not an RFC 3339 date or time; "
            "write it like 2026-03-01 or 2026-03-01T12:00:00Z",
        ) from None


def _text(value: Any) -> str | None:
    """An id of the body's, as it can be kept; the provider may take one that is too long for us, so it is no error."""
    text = storable(value).strip() if isinstance(value, str) else ""
    return text if 0 < _size(text) <= LONGEST else None


def _size(text: str) -> int:
    return len(text.encode("utf-8", errors="replace"))
