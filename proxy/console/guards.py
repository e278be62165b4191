"""Before each page: who asks, whether they may, and whether a form is really ours.

``known`` guards every handler of the console. One that is open to all says so: ``opt={"public": True}``. A handler that
changes something is a POST, and no POST gets past ``known`` without the session's CSRF token, in the form's field
``csrf`` or in the header ``x-csrf-token`` (which ``base.html`` gives HTMX).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler

from proxy.access.nearness import is_from_here
from proxy.access.opening import is_loopback
from proxy.access.people.roles import Person, Role
from proxy.access.people.sessions import csrf_token
from proxy.console.frame import console_of
from proxy.console.section import CONSOLE

PUBLIC = "public"
ANONYMOUS = "anonymous"  # of a handler: who asks makes no difference, so it is not looked up
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
MOST_FIELDS = 200  # of a form
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
Connection = ASGIConnection[Any, Any, Any, Any]


class NotSignedIn(Exception):
    """Nobody is signed in, or not any more."""


class NotAllowed(Exception):
    """Who is signed in may not do this; the text says what it takes."""


class NotOurForm(Exception):
    """A change that no page of ours asked for, or one from before the last sign-in."""


class PlainConnection(Exception):
    """A password would go over the network for all to read."""


async def known(connection: Connection, handler: BaseRouteHandler) -> None:
    """Raises NotSignedIn, NotOurForm, LedgerError; NotFoundException for an address that no text of ours has in it."""
    assert isinstance(connection, Request)
    if (
        "\0" in connection.scope["path"] or b"%00" in connection.scope["query_string"]
    ):  # PostgreSQL takes no NUL
        raise NotFoundException
    console, state = console_of(connection), connection.scope["state"]
    token = console.cookies.given(connection, console.cookies.session)
    visit = console.cookies.given(connection, console.cookies.visit)
    session = None
    if token and not handler.opt.get(ANONYMOUS):
        session = await asyncio.get_running_loop().run_in_executor(
            console.lookups, console.sessions.find, token
        )
    if session is not None and session.person.tenant not in console.tenants:
        session = None
    state["session"] = session
    secret = token if session else visit
    state["csrf"] = csrf_token(secret) if secret else ""
    if session is None and not handler.opt.get(PUBLIC):
        raise NotSignedIn
    if connection.method not in _READING:
        await _expect_our_form(connection, state["csrf"])


def requires(*roles: Role) -> Callable[[Connection, BaseRouteHandler], None]:
    """A guard of a handler: one of these roles is needed. Raises NotAllowed."""

    def allowed(connection: Connection, _: BaseRouteHandler) -> None:
        person = connection.scope["state"]["session"].person
        if not person.may(*roles):
            raise NotAllowed(" or ".join(role.value.replace("-", " ") for role in roles))

    return allowed


def from_this_machine(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: others than browsers on the proxy's own machine find nothing. Raises NotFoundException."""
    if not is_from_here(connection.scope.get("client"), connection.scope["headers"]):
        raise NotFoundException


def over_tls(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard of what takes passwords: over plain HTTP only on this machine, or where that was chosen.

    Raises PlainConnection.
    """
    console = console_of(connection)
    if console.cookies.secure or console.options.url is not None:
        return
    host = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    if not is_loopback(host):
        raise PlainConnection


def signed_in(request: Request[Any, Any, Any]) -> Person:
    """The dependency ``person``: who is signed in."""
    person: Person = request.scope["state"]["session"].person
    return person


async def _expect_our_form(request: Request[Any, Any, Any], expected: str) -> None:
    # Browsers that tell where a request comes from (Fetch Metadata) need not be asked for more.
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotOurForm
    # Litestar reads a form of a million fields for as long as it takes, and nobody else is answered meanwhile.
    if (await request.body()).count(b"&") > MOST_FIELDS:
        raise NotOurForm
    sent = request.headers.get(CSRF_HEADER) or ""
    if not sent and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        field = (await request.form()).get(CSRF_FIELD)
        sent = field if isinstance(field, str) else ""
    if not expected or not hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode()):
        raise NotOurForm


def local_path(asked: str | None) -> str:
    """Where to go after the sign-in: a path of the console's, whatever was asked for."""
    if not asked or any(ord(sign) <= 0x20 or sign in "\\\x7f" for sign in asked):
        return CONSOLE
    try:
        parts = urlsplit(asked)
    except ValueError:  # such as http://[
        return CONSOLE
    if parts.scheme or parts.netloc or asked.startswith("//"):
        return CONSOLE
    is_ours = parts.path == CONSOLE or parts.path.startswith(f"{CONSOLE}/")
    return asked if is_ours and ".." not in unquote(parts.path).split("/") else CONSOLE
