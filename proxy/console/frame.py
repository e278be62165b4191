"""Pages and parts of pages as responses: Jinja templates with autoescape on, and what every page needs.

    @get("/console/queue", guards=[requires(Role.REVIEWER)])
    async def queue(request: Asking) -> Response[str]:
        return page(request, "queue.html", title="Queue", cases=cases)

    return fragment(request, "_rows.html", cases=cases)     # for hx-get: the part alone

Customers', models' and documents' text goes into templates as it is: they escape it. ``Markup`` and ``|safe`` are not
used; a test looks for them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State

from proxy.access.people.roles import Person
from proxy.access.people.sessions import Sessions
from proxy.access.people.signing_in import SignIn
from proxy.console import wording
from proxy.console.children import Children
from proxy.console.cookies import Cookies
from proxy.console.options import ConsoleOptions
from proxy.console.policies.checks import Checks
from proxy.console.recall.jobs import Jobs
from proxy.console.remembered import Remembered
from proxy.console.section import Section
from proxy.console.static import versioned
from proxy.ledger.staff.people import PeopleTable
from proxy.review.plan import ReviewPlan
from proxy.wire.notify.ways import Ways
from proxy.wire.services import Tenants

if TYPE_CHECKING:
    from proxy.access.people.oidc import OidcProvider

Asking = Request[Any, Any, State]
# Nothing is evaluated, no style or script comes with a part of a page, no page is kept in the browser's storage. What
# went wrong goes into #problem, except that a form sent back with its mistakes (422) takes its own place.
HTMX = {
    "allowEval": False,
    "allowScriptTags": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True},
        {"code": "401", "swap": False, "error": True},
        {"code": "[45]..", "swap": True, "error": True, "target": "#problem", "swapOverride": "innerHTML"},
    ],
}


def environment() -> Environment:
    """Jinja as all pages use it: everything is escaped, and a name that is not there is an error."""
    made = Environment(
        loader=PackageLoader("proxy.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(wording.FILTERS)
    made.globals["static"] = versioned
    made.globals["htmx_config"] = json.dumps(HTMX)
    return made


@dataclass(frozen=True, slots=True)
class Console:
    """What the pages work with, made once; it is in the application's state as ``console``."""

    sections: Sequence[Section]
    tenants: Tenants
    people: PeopleTable
    sessions: Sessions
    sign_in: SignIn
    cookies: Cookies
    children: Children
    checks: Checks
    recalls: Jobs
    ways: Ways
    remembered: Remembered
    oidc: OidcProvider | None = None
    options: ConsoleOptions = field(default_factory=ConsoleOptions)
    review: ReviewPlan = field(default_factory=ReviewPlan)
    templates: Environment = field(default_factory=environment)
    # Threads of their own for what anybody may make us do: a flood of sign-ins takes none of those that answers need.
    lookups: Executor = field(default_factory=lambda: ThreadPoolExecutor(4, "cxai-sessions"))
    hashing: Executor = field(default_factory=lambda: ThreadPoolExecutor(2, "cxai-passwords"))


def console_of(request: ASGIConnection[Any, Any, Any, Any]) -> Console:
    console: Console = request.app.state["console"]
    return console


def person_or_none(request: Request[Any, Any, Any]) -> Person | None:
    """Who is signed in; None on the pages that are open to all."""
    session = request.scope["state"].get("session")
    return session.person if session else None


def page(request: Asking, template: str, *, title: str, status: int = 200, **values: Any) -> Response[str]:
    """A whole page; ``template`` extends ``base.html``. ``person``, ``csrf``, ``here`` and ``navigation`` are given."""
    person = person_or_none(request)
    sections = console_of(request).sections
    shown = [one for one in sections if person is not None and one.shows_for(person)]
    return fragment(request, template, status=status, title=title, navigation=shown, **values)


def fragment(request: Asking, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """A part of a page alone, for HTMX to put where it belongs."""
    given = {
        "person": person_or_none(request),
        "csrf": request.scope["state"].get("csrf", ""),
        "here": request.scope["path"],
    }
    content = console_of(request).templates.get_template(template).render({**given, **values})
    return Response(content, status_code=status, media_type="text/html")


def is_htmx(request: Request[Any, Any, Any]) -> bool:
    """Whether HTMX asks, for a part of a page."""
    return request.headers.get("hx-request") == "true"
