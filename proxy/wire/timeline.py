"""The door ``GET /v1/customers/{customer_id}/timeline``: all that happened to a customer, newest first, in pages."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from proxy.access.keys import Scope
from proxy.ledger.customers.timeline import Place
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.in_ledger import in_ledger
from proxy.wire.paging import Moment, invalid, limit_of, place_of, token_of
from proxy.wire.services import Services


@get(
    "/v1/customers/{customer_id:str}/timeline",
    status_code=200,
    include_in_schema=False,
    opt={SCOPE: Scope.CONTACTS},
)
async def customer_timeline(
    request: Request[Any, Any, State], services: NamedDependency[Services], customer_id: FromPath[str]
) -> dict[str, Any]:
    limit, after = limit_of(request.query_params.get("limit")), _place(request.query_params.get("after"))
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
        "next": token_of((page[-1].at, page[-1].type, page[-1].id)) if has_more else None,
    }


def _place(token: str | None) -> Place | None:
    if token is None:
        return None
    found = place_of(token, tuple[Moment, str, str])
    if found is None:
        raise invalid("after", "it is no place in a timeline; send the `next` of the page before")
    return Place(*found)
