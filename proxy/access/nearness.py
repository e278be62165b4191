"""Whether a request was made on this machine, and by no web page and for nobody else: then it may need no key."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from proxy.access.opening import is_loopback

# What those add who pass a request on: reverse proxies, tunnels, load balancers.
_PASSED_ON = frozenset({b"forwarded", b"via", b"x-real-ip"})
_PASSED_ON_PREFIX = b"x-forwarded-"


def is_from_here(client: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """``headers`` with names in lower case.

    A web page that somebody here has open asks from here too, with its own site as ``Origin``, or, where its site's
    name was made to point here (DNS rebinding), as ``Host``.
    """
    return (
        client is not None and is_loopback(client[0]) and not any(_tells_of_others(*one) for one in headers)
    )


def _tells_of_others(name: bytes, value: bytes) -> bool:
    if name == b"host":
        return not _is_of_here(b"//" + value)
    if name == b"origin":
        return not _is_of_here(value)
    return name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIX)


def _is_of_here(address: bytes) -> bool:
    """Of an address with any port; ``null``, the origin of a file or a frame, is nobody's."""
    try:
        return is_loopback(urlsplit(address.decode("latin-1")).hostname or "")
    except ValueError:
        return False
