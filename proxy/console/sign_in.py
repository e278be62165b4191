"""Signing in and out."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any

import structlog
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, FromPath
from litestar.response import Redirect

from proxy.access.people.accounts import LINK
from proxy.access.people.attempts import TooManyAttempts
from proxy.access.people.sessions import csrf_token, new_token
from proxy.access.people.signing_in import SignInRefused
from proxy.console.ahead import may_open
from proxy.console.errors import SIGN_IN, Problem
from proxy.console.frame import Asking, console_of, page
from proxy.console.guards import PUBLIC, from_this_machine, local_path, over_tls
from proxy.console.section import CONSOLE, Section
from proxy.ledger.staff.people import PersonRecord

log = structlog.get_logger(__name__)
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
# Bytes of a form that anybody may send: the framework keeps the last thousand forms in memory.
LARGEST = 16_000
WRONG = "The address or the password is wrong. Please try again."
USED_LINK = "It signs somebody in once, within 15 minutes. `cxai users link` makes another."
NOT_SERVED = "This proxy has no tenant {tenant} (any more). Who runs it can say more."
WAIT = "There were too many attempts. Try again in {wait}."


@get(SIGN_IN, opt={PUBLIC: True}, guards=[over_tls])
async def sign_in(request: Asking) -> Response[Any]:
    """The form; somebody who is signed in goes on to where they wanted."""
    back = local_path(request.query_params.get("next"))
    if request.scope["state"]["session"] is not None:
        return Redirect(back, status_code=303)
    return _form(request, back)


@post(SIGN_IN, opt={PUBLIC: True}, guards=[over_tls], status_code=200, request_max_body_size=LARGEST)
async def try_sign_in(request: Asking, data: Form) -> Response[Any]:
    """One attempt. Whatever is wrong, the answer is the same."""
    console = console_of(request)
    if not console.options.passwords:
        raise NotFoundException
    back = local_path(data.get("next"))
    email, password = data.get("email", ""), data.get("password", "")
    try:
        person = await asyncio.get_running_loop().run_in_executor(
            console.hashing, console.sign_in.by_password, email, password, client_of(request)
        )
    except SignInRefused:
        return _form(request, back, status=401, email=email, wrong=WRONG)
    except TooManyAttempts as many:
        wait = f"{math.ceil(many.wait_s)} s"
        response = _form(request, back, status=429, email=email, wrong=WAIT.format(wait=wait))
        response.headers["retry-after"] = str(math.ceil(many.wait_s))
        return response
    return await welcome(request, person, "password", back)


@get(LINK + "/{token:str}", opt={PUBLIC: True}, guards=[from_this_machine])
async def link(request: Asking, token: FromPath[str]) -> Response[str]:
    """Asks before it signs in: programs that look at links in advance must not use one up."""
    return with_visit(request, "sign_in_link.html", title="Sign in", token=token)


@post(LINK, opt={PUBLIC: True}, guards=[from_this_machine], status_code=303, request_max_body_size=LARGEST)
async def use_link(request: Asking, data: Form) -> Response[Any]:
    """Sign in by a link, once."""
    try:
        person = await asyncio.to_thread(console_of(request).sign_in.by_link, data.get("token", ""))
    except SignInRefused:
        raise Problem("This link does not count any more", USED_LINK, 403) from None
    return await welcome(request, person, "link", CONSOLE)


@post(f"{CONSOLE}/sign-out", status_code=303)
async def sign_out(request: Asking) -> Response[Any]:
    console = console_of(request)
    token = console.cookies.given(request, console.cookies.session)
    await asyncio.to_thread(console.sessions.end, token)
    response: Response[Any] = Redirect(SIGN_IN, status_code=303)
    response.cookies = [console.cookies.gone(console.cookies.session)]
    return response


async def welcome(request: Asking, person: PersonRecord, method: str, back: str) -> Response[Any]:
    """A new session for who has proved who they are; what the browser held before counts no more."""
    console = console_of(request)
    if person.tenant not in console.tenants:
        raise Problem("Your tenant is not served here", NOT_SERVED.format(tenant=person.tenant), 403)
    before = console.cookies.given(request, console.cookies.session)
    token = await asyncio.to_thread(console.sessions.begin, person, method, before)
    if may_open(person):
        await asyncio.to_thread(console.children.begin)
    log.info("signed in", person=person.id, method=method, client=client_of(request))
    response: Response[Any] = Redirect(back, status_code=303)
    response.cookies = [
        console.cookies.made(console.cookies.session, token),
        console.cookies.gone(console.cookies.visit),
    ]
    return response


def _form(
    request: Asking, back: str, *, status: int = 200, email: str = "", wrong: str = ""
) -> Response[str]:
    options = console_of(request).options
    values = {"back": back, "email": email[:200], "wrong": wrong, "options": options}
    return with_visit(request, "sign_in.html", title="Sign in", status=status, **values)


def with_visit(
    request: Asking, template: str, *, title: str, status: int = 200, **values: Any
) -> Response[str]:
    """A page with a form for who is not signed in: its CSRF token belongs to this browser's visit."""
    console, state = console_of(request), request.scope["state"]
    visit = console.cookies.given(request, console.cookies.visit)
    needs_one = state["session"] is None and not visit
    if needs_one:
        visit = new_token()
        state["csrf"] = csrf_token(visit)
    response = page(request, template, title=title, status=status, **values)
    if needs_one:
        response.cookies = [console.cookies.made(console.cookies.visit, visit)]
    return response


def client_of(request: Asking) -> str:
    """The address that a request comes from."""
    client = request.scope.get("client")
    return client[0] if client else "unknown"


SECTION = Section("", SIGN_IN, (sign_in, try_sign_in, link, use_link, sign_out))
