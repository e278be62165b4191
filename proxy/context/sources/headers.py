"""Facts that the calling program sends along, in the request's own ``x-cxai-context-*`` headers.

Only declared ones are read. They are as true as who may call the proxy: a program of the company's, never a browser.
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.context.customer import HEADER_PREFIX
from proxy.context.sources.source import Asked, Found, Surroundings
from proxy.rules.context_options import HeadersOptions, Origin, SourceOptions

CONTEXT_PREFIX = f"{HEADER_PREFIX}context-"


class HeadersSource:
    """``open_complaint`` is ``x-cxai-context-open-complaint`` where ``value`` names no other end of the name."""

    def __init__(self, origins: Mapping[str, Origin]) -> None:
        self._names = {
            fact: (_header(origin.value or fact), origin.true_at and _header(origin.true_at))
            for fact, origin in origins.items()
        }

    async def read(self, asked: Asked) -> Mapping[str, Found]:
        return {
            fact: Found(asked.headers.get(value), asked.headers.get(true_at) if true_at else None)
            for fact, (value, true_at) in self._names.items()
        }

    async def close(self) -> None:
        pass


def open_headers(options: SourceOptions, origins: Mapping[str, Origin], _: Surroundings) -> HeadersSource:
    assert isinstance(options, HeadersOptions)
    return HeadersSource(origins)


def _header(end: str) -> str:
    return CONTEXT_PREFIX + end.lower().replace("_", "-")
