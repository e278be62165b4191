"""What passes unchecked: the paths of an allow-list, byte for byte both ways. Everything else is refused by name.

Neither body is ever whole in memory. Nothing of ours goes to the provider, and each answer says that nobody checked it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from urllib.parse import quote, unquote

import httpx
from litestar import Request, Response, route
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from proxy.access.keys import Scope
from proxy.wire.azure import DOOR
from proxy.wire.dialects.registry import DIALECTS
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.errors import InvalidRequest, UnknownPath
from proxy.wire.exchange import one_of_each
from proxy.wire.services import Services
from proxy.wire.upstreams.answers import ANSWERED_BY, reporting_failures

BELOW = "/v1/"
ALL_BELOW = "{rest:path}"
EVERY_METHOD = (HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE)
PASSED: dict[str, Sequence[HttpMethod]] = {
    f"{BELOW}models": [HttpMethod.GET],
    f"{BELOW}models/*": [HttpMethod.GET],
    f"{BELOW}embeddings": [HttpMethod.POST],
    f"{BELOW}moderations": [HttpMethod.POST],
    f"{BELOW}files": [HttpMethod.GET, HttpMethod.POST],
    f"{BELOW}files/*": [HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE],
    f"{BELOW}audio/*": [HttpMethod.GET, HttpMethod.POST],
    f"{DOOR}/embeddings": [HttpMethod.POST],
    f"{DOOR}/audio/*": [HttpMethod.POST],
}
# What is asked there leaves nothing behind. Elsewhere a key reaches what the provider keeps for the whole account.
_KEEPING_NOTHING = PASSED.keys() - {f"{BELOW}files", f"{BELOW}files/*"}
UNCHECKED = {"x-cxai-verified": "no", "x-cxai-unverified-reason": "not_an_answer"}

_SAFE = ":@!$&'()*+,;=~"  # what a segment of a path may hold unquoted (RFC 3986, 3.3)
# Of the provider's headers those about the body that passes, and those that a client acts on.
_KEPT_PREFIXES = ("content-", "openai-", "x-ratelimit-")
_KEPT = frozenset(
    {
        *("accept-ranges", "cache-control", "etag", "expires", "last-modified", "vary"),
        *("retry-after", "retry-after-ms", "www-authenticate", "x-request-id", "x-should-retry"),
    }
)


def passing_doors(more: Iterable[str]) -> list[HTTPRouteHandler]:
    """A door for each path of the allow-list; ``more`` is the operator's: ``images/generations``, ``images/*``."""
    added = {BELOW + path: EVERY_METHOD for path in more}
    harmless = _KEEPING_NOTHING - added.keys()
    return [
        _door(path, methods, Scope.CHAT if path in harmless else Scope.PROVIDER)
        for path, methods in (PASSED | added).items()
    ]


def _door(path: str, methods: Sequence[HttpMethod], scope: Scope) -> HTTPRouteHandler:
    @route(
        path.replace("*", ALL_BELOW),
        http_method=methods,
        status_code=200,
        include_in_schema=False,
        request_max_body_size=None,
        opt={SCOPE: scope},
    )
    async def forward(
        request: Request[Any, Any, State], services: NamedDependency[Services]
    ) -> Response[Any]:
        return await _forwarded(request, services)

    return forward


async def _forwarded(request: Request[Any, Any, State], services: Services) -> Response[Any]:
    path, query = _path_of(request), request.scope["query_string"].decode("latin-1")
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    by, response = await services.upstream.forward(
        request.method,
        path + (f"?{query}" if query else ""),
        one_of_each(request),
        request.stream() if has_body else None,
    )
    kept = {name: value for name, value in response.headers.items() if _is_kept(name)}
    return Stream(
        _pieces(response, services),
        status_code=response.status_code,
        media_type=kept.pop("content-type", None),
        headers={**kept, **UNCHECKED, ANSWERED_BY: by},
    )


async def _pieces(response: httpx.Response, services: Services) -> AsyncIterator[bytes]:
    """Raises where the provider's answer breaks off, which cuts the client's connection too."""
    try:
        with reporting_failures():
            async for piece in response.aiter_raw():
                yield piece
    finally:
        # The client may be gone, and with it the right to wait.
        services.background.start(response.aclose())


def _is_kept(name: str) -> bool:
    return name in _KEPT or name.startswith(_KEPT_PREFIXES)


def _path_of(request: Request[Any, Any, State]) -> str:
    """The path below ``/v1`` or ``/openai``, quoted anew. Raises InvalidRequest where it could be read as another."""
    segments = [segment for segment in request.scope["path"].split("/") if segment][1:]
    for segment in segments:
        read = unquote(segment)
        if read.partition(";")[0] in (".", "..") or "/" in read or "\\" in read:
            raise InvalidRequest("The path holds a segment that leads elsewhere.", code="invalid_path")
    return "".join(f"/{quote(segment, safe=_SAFE)}" for segment in segments)


def unknown_path(more: Iterable[str]) -> UnknownPath:
    """The error for a path that nobody serves: it names those that are served."""
    guarded = ", ".join(path for dialect in DIALECTS for path in dialect.paths)
    passed = ", ".join([*PASSED, *(BELOW + path for path in more)])
    return UnknownPath(
        "The proxy does not serve this path, because it could not check what comes back. "
        f"Guarded: {guarded}. Checking a text: /v1/guard/check. Passed on unchecked: {passed}. "
        "The operator can let more pass with the setting `pass_through`."
    )


def guarded_by(path: str) -> str | None:
    """The guarded door that a path of the setting ``pass_through`` would open another way to."""
    prefix = path.removesuffix("*")
    doors = [door.removeprefix(BELOW) for dialect in DIALECTS for door in dialect.paths]
    covers = (door for door in doors if door == path or (path.endswith("*") and door.startswith(prefix)))
    return next(covers, None)
