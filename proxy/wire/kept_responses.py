"""The doors ``GET`` and ``DELETE /v1/responses/{id}``: an answer as it was delivered, for whom it was delivered to."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from proxy.access.keys import Scope
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.errors import InvalidRequest
from proxy.wire.exchange import headers_of, identify
from proxy.wire.in_ledger import in_ledger
from proxy.wire.services import Services
from proxy.wire.turns import owner_of

PATH = "/v1/responses/{response_id:str}"
NOT_NOW = "Kept answers cannot be read just now; try again."


class ResponseNotFound(InvalidRequest):
    status = 404
    code = "response_not_found"


@get(PATH, include_in_schema=False, opt={SCOPE: Scope.CHAT})
async def kept_response(
    request: Request[Any, Any, State], services: NamedDependency[Services], response_id: FromPath[str]
) -> Response[dict[str, Any]]:
    if request.query_params.get("stream", "false").lower() not in ("false", "0"):
        raise InvalidRequest("A kept answer is told as a whole; leave out `stream`.", param="stream")
    owner = _owner(request, services)
    turn = await in_ledger(lambda: services.ledger.turns.get(response_id, owner), NOT_NOW)
    if turn is None:
        raise _not_found(response_id)
    return Response(turn.response, headers={"x-cxai-response-id": response_id})


@delete(PATH, status_code=200, include_in_schema=False, opt={SCOPE: Scope.CHAT})
async def forget_response(
    request: Request[Any, Any, State], services: NamedDependency[Services], response_id: FromPath[str]
) -> Response[dict[str, Any]]:
    """The decision record stays: it is the company's, and retention removes it."""
    owner = _owner(request, services)
    if not await in_ledger(lambda: services.ledger.turns.forget(response_id, owner), NOT_NOW):
        raise _not_found(response_id)
    return Response({"id": response_id, "object": "response", "deleted": True})


def _owner(request: Request[Any, Any, State], services: Services) -> str:
    headers = headers_of(request)
    return owner_of(headers, identify(services, headers, {}), services.tenant)


def _not_found(response_id: str) -> ResponseNotFound:
    return ResponseNotFound(
        f"Response with id {response_id!r} not found: it is not kept, or belongs to another key, customer or "
        "conversation. Send the key, x-cxai-customer-id and x-cxai-conversation-id that it was asked with.",
        param="response_id",
    )


KEPT_RESPONSES = (kept_response, forget_response)
