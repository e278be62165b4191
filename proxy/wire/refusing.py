"""A refusal before any door is reached: what ASGI layers send in place of an answer."""

from __future__ import annotations

from litestar.types import Scope, Send

from proxy.wire.cxai_object import unverified_headers
from proxy.wire.errors import ProxyError


async def refuse(scope: Scope, send: Send, error: ProxyError) -> None:
    """Answer with the error, without having read the request's body; its trace says why, too."""
    reason, body = error.code or error.type, error.body()
    if (trace := scope["state"].get("trace")) is not None:
        trace.unverified(reason)
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **error.headers,
        **unverified_headers(reason),
    }
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})
