"""JSON from a web address, such as a CRM's: one GET for a customer, and only to the address that is declared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from proxy.context.sources.json_facts import JsonFacts
from proxy.context.sources.source import Asked, Found, SourceError, Surroundings
from proxy.context.sources.threads import Threads
from proxy.outgoing import KEPT_S, no_cookies, tls
from proxy.rules.context_options import CUSTOMER, HttpOptions, Origin, SourceOptions

_NOBODY = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
_OF_THE_ID = (
    httpx.codes.BAD_REQUEST,
    httpx.codes.UNPROCESSABLE_ENTITY,
)  # what it says of an id that it cannot read
_MOST_CONNECTIONS = 50
_LONG = 20_000  # bytes; reading more on the event loop would hold up other answers


class HttpSource:
    """404 and 410 say that there is no such customer; redirects are not followed."""

    def __init__(
        self, options: HttpOptions, origins: Mapping[str, Origin], surroundings: Surroundings
    ) -> None:
        self._options = options
        self._facts = JsonFacts(origins)
        self._environment = surroundings.environment
        self._threads = Threads(options.name)
        self._client = httpx.AsyncClient(
            verify=tls(),
            follow_redirects=False,
            trust_env=False,  # neither a proxy nor a .netrc comes between
            cookies=no_cookies(),
            timeout=surroundings.longest.total_seconds(),
            limits=httpx.Limits(max_connections=_MOST_CONNECTIONS, keepalive_expiry=KEPT_S),
        )

    async def read(self, asked: Asked) -> Mapping[str, Found]:
        url = self._options.url.replace(CUSTOMER, _in_an_address(asked.customer_id))
        try:
            async with self._client.stream("GET", url, headers=self._headers()) as response:
                if response.status_code in _NOBODY:
                    return {}
                _check(response.status_code)
                content = await self._content(response)
        except httpx.HTTPError as error:
            raise SourceError(f"cannot be reached: {type(error).__name__}") from None
        if len(content) <= _LONG:
            return self._read(content)
        return await self._threads.run(lambda: self._read(content))

    async def close(self) -> None:
        self._threads.close()
        await self._client.aclose()

    def _read(self, content: bytes) -> Mapping[str, Found]:
        return self._facts.of(_parsed(content))

    def _headers(self) -> dict[str, str]:
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        if self._options.api_key is None:
            return headers
        name = self._options.api_key.env
        key = self._environment.get(name, "").strip()
        if not key:
            raise SourceError(f"needs its key: the environment variable {name} is not set")
        if self._options.auth == "bearer":
            return {**headers, "authorization": f"Bearer {key}"}
        return {**headers, self._options.auth: key}

    async def _content(self, response: httpx.Response) -> bytes:
        content = bytearray()
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > self._options.max_bytes:
                raise SourceError(f"answered with more than {self._options.max_bytes} bytes (max_bytes)")
        return bytes(content)


def open_http(
    options: SourceOptions, origins: Mapping[str, Origin], surroundings: Surroundings
) -> HttpSource:
    assert isinstance(options, HttpOptions)
    return HttpSource(options, origins, surroundings)


def _in_an_address(customer_id: str) -> str:
    """The id percent-encoded. What an address would take for a way up (``..``) is no customer's id."""
    if not customer_id.strip("."):
        raise SourceError("cannot be asked: the customer's id is made of dots alone", is_its_own=False)
    return quote(customer_id, safe="")


def _check(status: int) -> None:
    if 300 <= status < 400:
        raise SourceError(f"answered {status}, a redirect; only its own address is asked")
    if status != httpx.codes.OK:
        raise SourceError(f"answered {status}", is_its_own=status not in _OF_THE_ID)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise SourceError("answered with what is no JSON") from None
