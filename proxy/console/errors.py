"""What went wrong, as a page, or as the part of a page that HTMX puts above the others (``#problem`` in base.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from proxy.console.frame import Asking, fragment, is_htmx, page
from proxy.console.guards import NotAllowed, NotOurForm, NotSignedIn, PlainConnection, local_path
from proxy.console.problem import Problem as Problem
from proxy.console.section import CONSOLE
from proxy.ledger.ledger import LedgerError
from proxy.wire.errors import ProxyError

log = structlog.get_logger(__name__)
SIGN_IN = f"{CONSOLE}/sign-in"
_TITLES = {404: "There is no such page", 405: "This cannot be done here", 413: "That is too large"}
_PLAIN = (
    "Your password would go over the network for all to read. Whoever runs the proxy gives it a certificate (tls_cert) "
    "or, where something else speaks TLS in front of it, sets console.url to the address that you use."
)
_NOT_NOW = "The records cannot be read or written just now. Nothing was changed. Try again in a moment."


def problem(request: Asking, title: str, text: str, status: int) -> Response[Any]:
    """The answer that says so."""
    if is_htmx(request):
        return fragment(request, "_problem.html", status=status, heading=title, text=text)
    return page(request, "problem.html", title=title, status=status, heading=title, text=text)


def not_signed_in(request: Asking, _: NotSignedIn) -> Response[Any]:
    """To the sign-in, and from there back to where they were."""
    if is_htmx(request):
        back = local_path(_path_of(request.headers.get("hx-current-url", "")))
        return Response("", status_code=401, headers={"hx-redirect": f"{SIGN_IN}?next={quote(back)}"})
    if request.method != "GET":
        return Redirect(SIGN_IN, status_code=303)
    query = request.scope["query_string"].decode("latin-1")
    back = request.scope["path"] + (f"?{query}" if query else "")
    return Redirect(f"{SIGN_IN}?next={quote(back)}", status_code=303)


def _path_of(address: str) -> str:
    """Path and query of an address; "" where it is none."""
    try:
        there = urlsplit(address)
    except ValueError:
        return ""
    return there.path + (f"?{there.query}" if there.query else "")


def not_allowed(request: Asking, error: NotAllowed) -> Response[Any]:
    text = f"This needs the role {error}. Who administers the console can give it to you."
    return problem(request, "You may not do this", text, 403)


def not_our_form(request: Asking, _: NotOurForm) -> Response[Any]:
    text = (
        "The page was open for too long, or you have signed in anew since. Load it again, then try once more."
    )
    return problem(request, "Nothing was changed", text, 403)


def plain_connection(request: Asking, _: PlainConnection) -> Response[Any]:
    return problem(request, "Not over a plain connection", _PLAIN, 403)


def not_now(request: Asking, error: LedgerError) -> Response[Any]:
    log.error("the console cannot use the ledger", error=str(error))
    return problem(request, "Not just now", _NOT_NOW, 503)


def told(request: Asking, error: Problem) -> Response[Any]:
    return problem(request, error.title, error.text, error.status)


def refused(request: Asking, error: ProxyError) -> Response[Any]:
    """What is wrong with a request wherever it goes: its body does not arrive."""
    return problem(request, "Nothing was changed", error.message, error.status)


def http_problem(request: Asking, error: HTTPException) -> Response[Any]:
    """Litestar's own errors: no such page, a wrong method, values that do not fit."""
    if error.status_code >= 500:
        return failed(request, error)
    title = _TITLES.get(error.status_code, "This does not fit")
    text = "Go back, and follow a link of the navigation." if error.status_code == 404 else error.detail
    return problem(request, title, text, error.status_code)


def failed(request: Asking, error: Exception) -> Response[Any]:
    """A mistake of ours: the log has the trace."""
    log.error("a page of the console failed", path=request.scope["path"], exc_info=error)
    text = "This page failed, and the log says why. Try again; if it fails again, tell who runs the proxy."
    return problem(request, "Something went wrong here", text, 500)


Handler = Callable[[Request[Any, Any, State], Any], Response[Any]]
ERROR_PAGES: dict[type[Exception] | int, Handler] = {
    NotSignedIn: not_signed_in,
    NotAllowed: not_allowed,
    NotOurForm: not_our_form,
    PlainConnection: plain_connection,
    LedgerError: not_now,
    Problem: told,
    ProxyError: refused,
    HTTPException: http_problem,
    Exception: failed,
}
