"""The door ``GET /v1/customers/{customer_id}/timeline``: all that happened to a customer, newest first, in pages."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from proxy.access.keys import Scope
from proxy.ledger.records import TimelineEntry
from proxy.ledger.timeline import Place
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.errors import InvalidRequest
from proxy.wire.in_ledger import in_ledger
from proxy.wire.services import Services

USUAL_LIMIT, MOST_ENTRIES = 50, 200


@get(
    "/v1/customers/{customer_id:str}/timeline",
    status_code=200,
    include_in_schema=False,
    opt={SCOPE: Scope.CONTACTS},
)
async def customer_timeline(
    request: Request[Any, Any, State], services: NamedDependency[Services], customer_id: FromPath[str]
) -> dict[str, Any]:
    limit, after = _limit(request.query_params.get("limit")), _place(request.query_params.get("after"))
    customers = services.ledger.customers
    entries = await in_ledger(
        lambda: customers.timeline(services.tenant, customer_id, after=after, limit=limit + 1),
        "The timeline cannot be read just now; try again.",
    )
    page = entries[:limit]
    has_more = len(entries) > limit
    return {
        "object": "list",
        "customer_id": customer_id,
        "data": [{"at": entry.at, "type": entry.type, **entry.detail} for entry in page],
        "has_more": has_more,
        "next": _token(page[-1]) if has_more else None,
    }


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST_ENTRIES):
        raise InvalidRequest(
            f"Invalid value for 'limit': send a whole number from 1 to {MOST_ENTRIES}.",
            param="limit",
            code="invalid_value",
        )
    return int(text)


def _token(last: TimelineEntry) -> str:
    """Where a page ends, as the client sends it back in ``after``."""
    place = msgspec.json.encode([last.at.isoformat(), last.type, last.id])
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _place(token: str | None) -> Place | None:
    if token is None:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars="-_", validate=True)
        place = Place(*msgspec.json.decode(raw, type=tuple[datetime, str, str]))
    except (ValueError, msgspec.MsgspecError):
        place = None
    if place is None or place.at.tzinfo is None:
        raise InvalidRequest(
            "Invalid value for 'after': it is no place in a timeline; send the `next` of the page before.",
            param="after",
            code="invalid_value",
        )
    return place
