"""One's own account: roles, where one is signed in, and a new password."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from proxy.access.people.accounts import set_password
from proxy.access.people.attempts import TooManyAttempts
from proxy.access.people.passwords import WeakPassword
from proxy.access.people.roles import Person
from proxy.access.people.signing_in import SignInRefused
from proxy.console.frame import Asking, Console, console_of, page
from proxy.console.section import CONSOLE, Section
from proxy.console.sign_in import Form, client_of

ACCOUNT = f"{CONSOLE}/account"
WRONG_OLD = (
    "The password that you have now is another one; or there were too many attempts, and you wait a minute."
)


@get(ACCOUNT)
async def account(request: Asking, person: NamedDependency[Person]) -> Response[str]:
    return await _page(request, person, changed=request.query_params.get("changed") == "1")


@post(f"{ACCOUNT}/sign-out-elsewhere", status_code=303)
async def sign_out_elsewhere(request: Asking, person: NamedDependency[Person]) -> Response[Any]:
    """End all sessions but this one."""
    own = request.scope["state"]["session"].digest
    await asyncio.to_thread(console_of(request).sessions.end_all, person.id, own)
    return Redirect(ACCOUNT, status_code=303)


@post(f"{ACCOUNT}/password", status_code=303)
async def change_password(request: Asking, data: Form, person: NamedDependency[Person]) -> Response[Any]:
    """A new password, for who knows the old one; all other sessions end."""
    old, new = data.get("old", ""), data.get("new", "")
    console, own = console_of(request), request.scope["state"]["session"].digest
    try:
        if new != data.get("again"):
            raise WeakPassword("The new password was not written twice in the same way.")
        await asyncio.get_running_loop().run_in_executor(
            console.hashing, _change_password, console, person, old, new, own, client_of(request)
        )
    except (WeakPassword, SignInRefused, TooManyAttempts) as error:
        wrong = str(error) if isinstance(error, WeakPassword) else WRONG_OLD
        return await _page(request, person, status=422, wrong=wrong)
    return Redirect(f"{ACCOUNT}?changed=1", status_code=303)


def _change_password(console: Console, person: Person, old: str, new: str, own: str, client: str) -> None:
    """Raises SignInRefused, TooManyAttempts, WeakPassword."""
    record = console.sign_in.by_password(person.email, old, client)
    set_password(console.tenants[person.tenant].ledger, record, new, by=record.id, but=own)


async def _page(
    request: Asking, person: Person, *, status: int = 200, wrong: str = "", changed: bool = False
) -> Response[str]:
    console = console_of(request)
    sessions = await asyncio.to_thread(console.sessions.of_person, person.id)
    record = await asyncio.to_thread(console.people.of_id, person.id)
    values = {
        "sessions": sessions,
        "own": request.scope["state"]["session"].digest,
        "has_password": console.options.passwords and record is not None and record.password_hash is not None,
        "wrong": wrong,
        "changed": changed,
    }
    return page(request, "account.html", title="Your account", status=status, **values)


SECTION = Section("", ACCOUNT, (account, sign_out_elsewhere, change_password))
