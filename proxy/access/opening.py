"""Before the door is opened: whether strangers could come in without a key, and the first key where there is none."""

from __future__ import annotations

import ipaddress

import structlog

from proxy.access.keys import USUAL_SCOPES, AccessError, new_key
from proxy.ledger.staff.api_keys import KeyTable
from proxy.ledger.staff.events import CXAI

log = structlog.get_logger(__name__)

NO_KEYS = (
    "there are no API keys yet, so the proxy does not listen on {host}, where others could use it and the provider key "
    "behind it. Make one with `cxai keys create NAME`, or set CXAI_FIRST_KEY=auto to have one made and printed at the "
    "first start, or listen on 127.0.0.1. Where something else keeps strangers out, set CXAI_REQUIRE_KEYS=false"
)


def make_first_key(table: KeyTable) -> None:
    """Make a key where there has never been one, and print it: the only time that anybody can read it.

    On stdout and not as a log line, since logs are sent on and kept. Raises LedgerError.
    """
    text, key = new_key("first key", scopes=USUAL_SCOPES)
    if table.add_first(key, by=CXAI):
        print(
            f"cxai: made the first API key. It is not shown again; `cxai keys rotate {key.prefix}` replaces it.\n"
            f"cxai: {text}",
            flush=True,
        )


def check_exposure(*, host: str, required: bool, decided: bool) -> None:
    """Raises AccessError where anyone could ask over the network, unless that was ``decided`` (``require_keys``)."""
    if required:
        return
    if is_loopback(host):
        log.warning("no API keys: programs on this machine may ask, and nobody else", host=host)
    elif decided:
        log.warning("require_keys is false: whoever reaches the proxy may ask", host=host)
    else:
        raise AccessError(NO_KEYS.format(host=host))


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address, or is there. A name other than ``localhost`` may be anybody."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
