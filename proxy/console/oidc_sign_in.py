"""Signing in with the company's identity provider."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from proxy.access.people.attempts import TooManyAttempts
from proxy.access.people.identity import OidcError
from proxy.access.people.sessions import new_token
from proxy.access.people.signing_in import SignInRefused
from proxy.console.errors import SIGN_IN, Problem
from proxy.console.frame import Asking, Console, console_of
from proxy.console.guards import PUBLIC, local_path, over_tls
from proxy.console.section import Section
from proxy.console.sign_in import client_of, welcome

if TYPE_CHECKING:
    from proxy.access.people.oidc import OidcProvider

log = structlog.get_logger(__name__)
OIDC = f"{SIGN_IN}/oidc"
CALLBACK = f"{OIDC}/callback"
_FAILED = "You are not signed in"
_UNKNOWN = (
    "Nobody with your address may sign in here yet. Who administers the console adds you: cxai users create."
)
_NOT_BELIEVED = "What your identity provider said cannot be used. Begin again; then tell who runs the proxy."
_DECLINED = "Your identity provider did not let you in."


@get(OIDC, opt={PUBLIC: True}, guards=[over_tls])
async def begin(request: Asking) -> Response[Any]:
    """To the provider; a cookie ties its answer to this browser."""
    console = console_of(request)
    provider, token = _provider(console), new_token()
    back = local_path(request.query_params.get("next"))
    try:
        address = await provider.address(back=back, token=token, redirect_uri=_redirect_uri(request))
    except OidcError as error:
        log.error("the identity provider cannot be asked", why=str(error))
        raise Problem(
            "Not just now", "Your identity provider does not answer. Try again in a moment.", 503
        ) from None
    response: Response[Any] = Redirect(address, status_code=303)
    response.cookies = [console.cookies.made(console.cookies.oidc, token)]
    return response


@get(CALLBACK, opt={PUBLIC: True}, guards=[over_tls])
async def come_back(request: Asking) -> Response[Any]:
    """From the provider, with a code or with an error."""
    console, query = console_of(request), request.query_params
    provider = _provider(console)
    token = console.cookies.given(request, console.cookies.oidc)
    try:
        back = provider.back(query.get("state", ""), token)
        if "error" in query:
            log.info("the identity provider declined", error=query["error"][:100])
            raise Problem(_FAILED, _DECLINED, 403)
        console.sign_in.expect_room(client_of(request))
        identity = await provider.identity(
            query.get("code", ""),
            token=token,
            redirect_uri=_redirect_uri(request),
            issuer=query.get("iss"),
        )
    except OidcError as error:
        log.warning("what the identity provider said is not believed", why=str(error))
        raise Problem(_FAILED, _NOT_BELIEVED, 403) from None
    except TooManyAttempts:
        raise Problem(_FAILED, "There were too many attempts. Try again in a minute.", 429) from None
    options = console.options.oidc
    trusts = options is not None and options.trust_email
    try:
        person = await asyncio.to_thread(console.sign_in.by_identity, identity, client_of(request), trusts)
    except SignInRefused:
        raise Problem(_FAILED, _UNKNOWN, 403) from None
    response = await welcome(request, person, "identity provider", local_path(back))
    response.cookies = [*response.cookies, console.cookies.gone(console.cookies.oidc)]
    return response


def _provider(console: Console) -> OidcProvider:
    if console.oidc is None:
        raise NotFoundException
    return console.oidc


def _redirect_uri(request: Asking) -> str:
    """The callback's address, which the provider knows; without ``console.url`` the one that the browser used."""
    console = console_of(request)
    scheme = "https" if console.cookies.secure else "http"
    return (console.options.url or f"{scheme}://{request.headers.get('host', '')}") + CALLBACK


SECTION = Section("", OIDC, (begin, come_back))
