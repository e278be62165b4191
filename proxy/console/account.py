"""One's own account: roles, and where one is signed in."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from proxy.access.people.roles import Person
from proxy.console.frame import Asking, console_of, page
from proxy.console.section import CONSOLE, Section

ACCOUNT = f"{CONSOLE}/account"


@get(ACCOUNT)
async def account(request: Asking, person: NamedDependency[Person]) -> Response[str]:
    sessions = await asyncio.to_thread(console_of(request).sessions.of_person, person.id)
    own = request.scope["state"]["session"].digest
    return page(request, "account.html", title="Your account", sessions=sessions, own=own)


@post(f"{ACCOUNT}/sign-out-elsewhere", status_code=303)
async def sign_out_elsewhere(request: Asking, person: NamedDependency[Person]) -> Response[Any]:
    """End all sessions but this one."""
    own = request.scope["state"]["session"].digest
    await asyncio.to_thread(console_of(request).sessions.end_all, person.id, own)
    return Redirect(ACCOUNT, status_code=303)


SECTION = Section("", ACCOUNT, (account, sign_out_elsewhere))
