"""What all our HTTP clients have in common: the certificates that they trust, how long they keep a connection on which
nothing comes, and that they remember nobody."""

from __future__ import annotations

import ssl
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

# Servers close such a connection too: uvicorn (vLLM, LiteLLM) and Node.js after 5 seconds. A request that leaves in
# that moment is lost, so we close ours before.
KEPT_S = 4.0


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """The machine's certificates, or those that SSL_CERT_FILE names; they take 20 ms to read."""
    return httpx.create_ssl_context()


def no_cookies() -> CookieJar:
    """One that keeps none: a cookie that a server sets for one customer's answer must not go with another's."""
    return CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
