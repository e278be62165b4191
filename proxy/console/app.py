"""All pages under ``/console`` as one application, with what guards them and what their errors look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Litestar, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from proxy.access.people.attempts import Attempts
from proxy.access.people.roles import Person
from proxy.access.people.sessions import Sessions
from proxy.access.people.signing_in import SignIn
from proxy.console.children import Children
from proxy.console.cookies import Cookies
from proxy.console.errors import ERROR_PAGES
from proxy.console.frame import Asking, Console, page, person_or_none
from proxy.console.guards import known, signed_in
from proxy.console.options import ConsoleOptions, OidcOptions
from proxy.console.policies.checks import Checks
from proxy.console.recall.jobs import Jobs
from proxy.console.registry import SECTIONS
from proxy.console.remembered import Remembered
from proxy.console.section import CONSOLE
from proxy.console.static import static
from proxy.ledger.records import DEFAULT_TENANT
from proxy.review.plan import ReviewPlan
from proxy.wire.notify.ways import Ways
from proxy.wire.services import Services, Tenants
from proxy.wire.upstreams.keys import key_now

if TYPE_CHECKING:
    from proxy.access.people.oidc import OidcProvider

LARGEST_FORM = 200_000  # bytes: the longest answer that somebody may write, with every sign of it escaped


def _provider(options: OidcOptions | None) -> OidcProvider | None:
    if options is None:
        return None
    from proxy.access.people.oidc import OidcProvider  # much to load, for what few have

    return OidcProvider(options.issuer, options.client_id, lambda: key_now(options.client_secret))


@get(CONSOLE)
async def home(request: Asking) -> Response[Any]:
    """The first page of the navigation that this person may see."""
    person = person_or_none(request)
    shown = [one for one in SECTIONS if person is not None and one.shows_for(person)]
    if shown:
        return Redirect(shown[0].path, status_code=303)
    return page(request, "nothing.html", title="Console")


@get(CONSOLE + "/{unknown:path}")
async def no_such_page(unknown: FromPath[str]) -> None:
    """Who is not signed in does not learn which pages there are."""
    raise NotFoundException


def console_app(
    tenants: Tenants,
    options: ConsoleOptions,
    review: ReviewPlan,
    ways: Ways,
    *,
    secure: bool,
    database_url: str,
) -> Litestar:
    """``secure``: browsers reach us by TLS; ``ways``: how corrections are sent."""
    console = _opened(tenants, options, review, ways, secure=secure, database_url=database_url)

    def services_of(person: NamedDependency[Person]) -> Services:
        """Those of the person's tenant, and no other's."""
        return tenants[person.tenant]

    handlers = [handler for section in SECTIONS for handler in section.handlers]
    return Litestar(
        route_handlers=[home, static, no_such_page, *handlers],
        guards=[known],
        dependencies={
            "person": Provide(signed_in, sync_to_thread=False),
            "services": Provide(services_of, sync_to_thread=False),
        },
        exception_handlers=ERROR_PAGES,
        request_max_body_size=LARGEST_FORM,
        state=State({"console": console}),
        openapi_config=None,
        logging_config=None,
    )


def _opened(
    tenants: Tenants,
    options: ConsoleOptions,
    review: ReviewPlan,
    ways: Ways,
    *,
    secure: bool,
    database_url: str,
) -> Console:
    """What the pages work with."""
    ledger, children = tenants[DEFAULT_TENANT].ledger, Children(database_url)
    return Console(
        sections=SECTIONS,
        tenants=tenants,
        people=ledger.people,
        sessions=Sessions(ledger.sessions, idle=options.idle, longest=options.longest),
        sign_in=SignIn(ledger.people, ledger.sessions, Attempts(ledger.sign_in_failures)),
        cookies=Cookies(secure=secure),
        children=children,
        checks=Checks(children),
        recalls=Jobs(database_url),
        ways=ways,
        remembered=Remembered(),
        oidc=_provider(options.oidc),
        options=options,
        review=review,
    )
