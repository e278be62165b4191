"""Who comes in: each request is asked for its key first, and no key of ours gets further than here.

    Authorization: Bearer cxai_...   or   api-key: cxai_...   or   x-cxai-key: cxai_...

The third is for requests whose ``Authorization`` or ``api-key`` is the client's own for the provider. Which doors a key
opens stands beside each door (``opt={"scope": ...}``) and is looked up by ``may_enter``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import structlog
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as Connection
from litestar.utils.path import normalize_path

from proxy.access.keys import MARK, Scope, is_ours
from proxy.access.limits import FailedAttempts, KeyLimits, LimitReached
from proxy.access.live import KeyRefused, KeysUnreadable, LiveKeys
from proxy.access.nearness import is_from_here
from proxy.ledger.records import DEFAULT_TENANT, ApiKey
from proxy.telemetry.metrics import Metrics
from proxy.wire.errors import (
    HeadTooLarge,
    InvalidKey,
    InvalidRequest,
    KeysUnavailable,
    ProxyError,
    ScopeMissing,
    TooManyRequests,
)
from proxy.wire.head_limit import MOST_HEAD_BYTES, MOST_HEADERS, TOO_LARGE
from proxy.wire.refusing import refuse

log = structlog.get_logger(__name__)

KEY_HEADER = b"x-cxai-key"
_CREDENTIALS = (b"authorization", b"api-key", KEY_HEADER)
_OURS_PREFIX = b"x-cxai-"  # of headers that are never forwarded
_MARK = MARK.encode()
OPEN = ("/healthz", "/readyz")
CONSOLE = "/console"  # people sign in there (proxy/console/guards.py)
METRICS = "/metrics"
# An option of each door: the scope that it needs, None for one that is open to all.
SCOPE = "scope"
EVERYTHING = frozenset(Scope)
ONLY_FROM_HERE = (
    "This proxy has no API keys, so it serves only programs on its own machine, asked for by a loopback address. This "
    "request came through another program or from a web page (a `Forwarded`, `X-Forwarded-...` or `Via` header, or a "
    "`Host` or `Origin` that is not loopback). Make a key with `cxai keys create NAME` and send it as "
    "`Authorization: Bearer`; where something else keeps strangers out, set CXAI_REQUIRE_KEYS=false."
)

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: for which tenant, what it may do, and by which key (None where none was needed)."""

    tenant: str = DEFAULT_TENANT
    scopes: frozenset[str] = frozenset()
    key: ApiKey | None = None


def caller_of(connection: Connection) -> Caller:
    caller: Caller = connection["state"]["caller"]
    return caller


def may_enter(connection: ASGIConnection[Any, Any, Any, Any], door: BaseRouteHandler) -> None:
    """Litestar's guard of all doors. Raises ScopeMissing; a door that names no scope opens to nobody."""
    if connection.scope.get("method") == "OPTIONS":  # made by Litestar, and tells the methods alone
        return
    needed = door.opt.get(SCOPE, "")
    if needed is not None and needed not in caller_of(connection.scope).scopes:
        raise ScopeMissing(f'This API key may not do this: it lacks the scope "{needed}".')


def is_console(path: str) -> bool:
    """Whether Litestar looks for it under ``/console``: ``//console`` is the same to it."""
    plain = normalize_path(path)
    return plain == CONSOLE or plain.startswith(f"{CONSOLE}/")


class Doorkeeper:
    """The ASGI layer before all doors. A request goes on without any key of ours, with its ``Caller`` in its state."""

    def __init__(self, app: ASGIApp, keys: LiveKeys, tenants: Collection[str], metrics: Metrics) -> None:
        self._app = app
        self._keys = keys
        self._tenants = tenants
        self._metrics = metrics
        self._limits = KeyLimits()
        self._failed = FailedAttempts()

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        try:
            caller = self._admitted(scope)
        except ProxyError as error:
            await refuse(scope, send, error)
            return
        scope["state"]["caller"] = caller
        try:
            await self._app(scope, receive, send)
        finally:
            if caller.key is not None:
                self._limits.leave(caller.key)

    def _admitted(self, scope: Connection) -> Caller:
        """Who asks; takes our keys out of the request. Raises ProxyError."""
        headers: Headers = list(scope["headers"])
        if len(headers) > MOST_HEADERS or sum(len(n) + len(v) for n, v in headers) > MOST_HEAD_BYTES:
            raise HeadTooLarge(TOO_LARGE)
        kept, sent = _without_keys(headers)
        scope["headers"] = kept
        path = normalize_path(scope["path"])
        if path == OPEN[0] or is_console(path):
            return Caller()
        if _holds_key(scope["query_string"]):
            raise self._refused(
                scope,
                "in_address",
                "An API key stood in the address, where logs keep it. Send it as `Authorization: Bearer`, and have it "
                "replaced: `cxai keys rotate`.",
            )
        if sent or self._keys.required:
            _expect_one_of_each(headers)
        if sent:
            return self._known(scope, sent)
        return self._unknown(scope, path, headers)

    def _unknown(self, scope: Connection, path: str, headers: Headers) -> Caller:
        """What one who sent no key may do. Raises ProxyError."""
        if self._keys.waived:
            return Caller(scopes=EVERYTHING)
        is_near = is_from_here(scope.get("client"), headers)
        if not self._keys.required and is_near:
            return Caller(scopes=EVERYTHING)
        if path in OPEN:
            return Caller()
        if path == METRICS and is_near:
            return Caller(scopes=frozenset({Scope.METRICS}))
        if not self._keys.required:
            raise self._refused(scope, "elsewhere", ONLY_FROM_HERE)
        raise self._refused(
            scope,
            "missing",
            "You did not send an API key of this proxy. Send it as `Authorization: Bearer cxai_...`; where that header "
            "holds your provider's key, as `x-cxai-key: cxai_...`.",
        )

    def _known(self, scope: Connection, sent: Collection[str]) -> Caller:
        """Who holds this key. Raises ProxyError."""
        if len(sent) > 1:
            raise self._refused(scope, "invalid", "Several different API keys were sent; send one.")
        try:
            key = self._keys.find(next(iter(sent)))
        except KeysUnreadable:
            self._metrics.access_refused("unavailable")
            raise KeysUnavailable("API keys cannot be checked just now; try again later.") from None
        except KeyRefused as refused:
            if refused.expired_at is not None:
                expired = f"This API key expired on {refused.expired_at:%Y-%m-%d %H:%M} UTC."
                raise self._refused(scope, "expired", expired) from None
            raise self._refused(scope, "invalid", "Incorrect API key: it is not one of this proxy.") from None
        if key.tenant not in self._tenants:
            log.error("a key's tenant is not configured", key=key.prefix, tenant=key.tenant)
            self._metrics.access_refused("tenant")
            raise ScopeMissing("The tenant of this API key is not served here (any more).")
        try:
            self._limits.enter(key)
        except LimitReached as reached:
            self._metrics.access_refused("limit")
            message = f"This API key is limited to {reached.allowed}; try again later."
            raise TooManyRequests(message, reached.retry_after_s) from None
        return Caller(key.tenant, frozenset(key.scopes), key)

    def _refused(self, scope: Connection, reason: str, message: str) -> ProxyError:
        """Count a failed attempt; the error is another one where an address has too many of them."""
        self._metrics.access_refused(reason)
        client = scope.get("client")
        address = client[0] if client else "unknown"
        if wait_s := self._failed.failed(address):
            return TooManyRequests("Too many requests without a valid API key; try again later.", wait_s)
        log.warning("access refused", reason=reason, client=address)
        return InvalidKey(message)


def _without_keys(headers: Headers) -> tuple[Headers, set[str]]:
    """The headers that may go on, and the different keys of ours that were sent, well written or not.

    Of what could be forwarded nothing goes on that holds our mark, in whatever header it stands.
    """
    kept, sent = [], set()
    for name, value in headers:
        if name == KEY_HEADER:
            sent.add(value.decode("latin-1").strip())
        elif _MARK not in value.lower() or name.startswith(_OURS_PREFIX):
            kept.append((name, value))
        elif name in _CREDENTIALS:
            sent.add(_bare(value.decode("latin-1")))
    return kept, sent


def _bare(value: str) -> str:
    """A credential without its scheme, which is told in any case (RFC 9110, 11.1); other schemes hold no key."""
    scheme, _, rest = value.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else value.strip()


def _expect_one_of_each(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Of two credentials one layer may check the first and the next use the second. Raises InvalidRequest."""
    names = [name for name, _ in headers if name in _CREDENTIALS]
    twice = next((name.decode() for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidRequest(f"{twice} was sent twice; send it once.", param=twice, code="invalid_header")


def _holds_key(query: bytes) -> bool:
    return bool(query) and is_ours(unquote_to_bytes(query).decode("latin-1"))
