"""Upstreams as their options say."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import structlog

from proxy.breaker import Breaker, State
from proxy.outgoing import KEPT_S, no_cookies, tls
from proxy.telemetry.metrics import Metrics
from proxy.wire.azure import has_deployments
from proxy.wire.upstreams.forwarded import Credentials
from proxy.wire.upstreams.keys import FixedKey, Key, KeyMissing, open_key
from proxy.wire.upstreams.options import CLIENT, KeyPlace, UpstreamOptions
from proxy.wire.upstreams.places import place_of
from proxy.wire.upstreams.several import Upstreams
from proxy.wire.upstreams.spread import SpreadClient
from proxy.wire.upstreams.upstream import Upstream

log = structlog.get_logger(__name__)
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=25, keepalive_expiry=KEPT_S)
POOLS = 32


class UpstreamError(Exception):
    """An upstream cannot be used as it is set up; the text is for the operator."""


def open_upstreams(
    several: Sequence[UpstreamOptions],
    metrics: Metrics,
    *,
    connect_timeout_s: float = 5.0,
    read_timeout_s: float = 60.0,
    max_answer_bytes: int = 8_000_000,
    own_key: str | None = None,
) -> Upstreams:
    """``own_key`` is for clients that bring none, where an upstream takes its clients' keys; the limits are for
    upstreams that have none of their own. Raises UpstreamError; the caller closes what comes back."""

    def opened(options: UpstreamOptions) -> Upstream:
        return Upstream(
            options=options,
            client=SpreadClient([_client() for _ in range(POOLS)]),
            credentials=_credentials(options, own_key),
            breaker=_breaker(options, metrics),
            place=place_of(options.name, options.url),
            connect_timeout_s=options.connect_timeout_s or connect_timeout_s,
            read_timeout_s=options.read_timeout_s or read_timeout_s,
            max_answer_bytes=max_answer_bytes,
        )

    return Upstreams([opened(options) for options in several], metrics)


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=tls(), limits=LIMITS, follow_redirects=False, cookies=no_cookies())


def _credentials(options: UpstreamOptions, own_key: str | None) -> Credentials:
    header = "authorization" if options.auth == "bearer" else "api-key"
    place, of_clients = options.api_key, options.api_key == CLIENT
    key: Key | None = FixedKey(own_key) if of_clients and own_key else None
    try:
        if isinstance(place, KeyPlace):
            key = open_key(place)
    except KeyMissing as error:
        raise UpstreamError(f'the key of the upstream "{options.name}" is missing: {error}') from None
    return Credentials(
        key, of_clients, header, takes_keys_as_azure=header == "api-key" or has_deployments(options.url)
    )


def _breaker(options: UpstreamOptions, metrics: Metrics) -> Breaker:
    def changed(state: State) -> None:
        metrics.upstream_breaker(options.name, int(state))
        log.warning("a provider's breaker changed", upstream=options.name, state=state.name.lower())

    metrics.upstream_breaker(options.name, int(State.CLOSED))
    return Breaker(options.breaker_failures, options.breaker_open_s, changed=changed)
