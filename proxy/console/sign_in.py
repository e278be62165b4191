"""Signing in and out."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from proxy.access.people.attempts import TooManyAttempts
from proxy.access.people.sessions import csrf_token, new_token
from proxy.access.people.signing_in import SignInRefused
from proxy.console.errors import SIGN_IN
from proxy.console.frame import Asking, console_of, page
from proxy.console.guards import PUBLIC, local_path
from proxy.console.section import CONSOLE, Section
from proxy.ledger.people import PersonRecord

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
WRONG = "The address or the password is wrong. Please try again."
WAIT = "There were too many attempts. Try again in {wait}."


@get(SIGN_IN, opt={PUBLIC: True})
async def sign_in(request: Asking) -> Response[Any]:
    """The form; somebody who is signed in goes on to where they wanted."""
    back = local_path(request.query_params.get("next"))
    if request.scope["state"]["session"] is not None:
        return Redirect(back, status_code=303)
    return _form(request, back)


@post(SIGN_IN, opt={PUBLIC: True}, status_code=200)
async def try_sign_in(request: Asking, data: Form) -> Response[Any]:
    """One attempt. Whatever is wrong, the answer is the same."""
    console = console_of(request)
    back = local_path(data.get("next"))
    email, password = data.get("email", ""), data.get("password", "")
    client = request.scope.get("client")
    address = client[0] if client else "unknown"
    try:
        person = await asyncio.to_thread(console.sign_in.by_password, email, password, address)
    except SignInRefused:
        return _form(request, back, status=401, email=email, wrong=WRONG)
    except TooManyAttempts as many:
        wait = f"{math.ceil(many.wait_s)} s"
        response = _form(request, back, status=429, email=email, wrong=WAIT.format(wait=wait))
        response.headers["retry-after"] = str(math.ceil(many.wait_s))
        return response
    return await welcome(request, person, "password", back)


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
    before = console.cookies.given(request, console.cookies.session)
    token = await asyncio.to_thread(console.sessions.begin, person, method, before)
    response: Response[Any] = Redirect(back, status_code=303)
    response.cookies = [
        console.cookies.made(console.cookies.session, token),
        console.cookies.gone(console.cookies.visit),
    ]
    return response


def _form(
    request: Asking, back: str, *, status: int = 200, email: str = "", wrong: str = ""
) -> Response[str]:
    """The form, with a CSRF token that belongs to this browser's visit."""
    console = console_of(request)
    visit = console.cookies.given(request, console.cookies.visit)
    if is_new := not visit:
        visit = new_token()
    request.scope["state"]["csrf"] = csrf_token(visit)
    response = page(
        request, "sign_in.html", title="Sign in", status=status, back=back, email=email[:200], wrong=wrong
    )
    if is_new:
        response.cookies = [console.cookies.made(console.cookies.visit, visit)]
    return response


SECTION = Section("", SIGN_IN, (sign_in, try_sign_in, sign_out))
