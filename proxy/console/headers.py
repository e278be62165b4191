"""The headers of everything under ``/console``, errors too, whoever made the answer.

The policy lets a page load scripts, styles, images and data from here alone, and run nothing that stands in the page
itself: what a customer wrote cannot become a script even where it got past the escaping.
"""

from __future__ import annotations

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from proxy.wire.doorkeeper import is_console

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
NOT_KEPT = "no-store"  # by browsers and proxies: pages show customers' words
HSTS = "max-age=31536000"


class ConsoleHeaders:
    """The ASGI layer that adds them; ``secure``: browsers reach us by TLS, and shall not try without."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = {**HEADERS, "strict-transport-security": HSTS} if secure else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not is_console(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", NOT_KEPT)
            await send(message)

        await self._app(scope, receive, send_with)
