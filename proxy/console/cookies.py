"""The console's cookies: one for who is signed in, two for who is about to.

Under TLS their names begin with ``__Host-``, so that no other host and no plain connection can set them (RFC 6265bis,
4.1.3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

_LONGEST_TOKEN = 100


@dataclass(frozen=True, slots=True)
class Cookies:
    """``secure``: browsers reach us by TLS."""

    secure: bool

    @property
    def session(self) -> str:
        """The name of the cookie with a session's token."""
        return self._named("session")

    @property
    def visit(self) -> str:
        """The name of the cookie of somebody who has yet to sign in: its CSRF token follows from it."""
        return self._named("visit")

    @property
    def oidc(self) -> str:
        """The name of the cookie that ties an identity provider's answer to the browser that asked."""
        return self._named("oidc")

    def given(self, request: Request[Any, Any, Any], name: str) -> str:
        """What the browser has in a cookie of ours; "" where it has none."""
        value = request.cookies.get(name, "")
        return value if len(value) <= _LONGEST_TOKEN else ""

    def made(self, name: str, token: str) -> Cookie:
        """One that lasts until the browser is closed; how long its token counts the ledger knows."""
        return Cookie(key=name, value=token, path="/", httponly=True, secure=self.secure, samesite="lax")

    def gone(self, name: str) -> Cookie:
        return Cookie(
            key=name, value="", path="/", max_age=0, httponly=True, secure=self.secure, samesite="lax"
        )

    def _named(self, name: str) -> str:
        return f"__Host-cxai-{name}" if self.secure else f"cxai-{name}"
