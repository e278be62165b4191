"""``/console/lead``: the numbers, side by side."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, get
from litestar.di import NamedDependency

from proxy.access.people.roles import Person, Role
from proxy.console.case.addresses import case_address
from proxy.console.case.due import SOON, due_in_words
from proxy.console.charts import chart
from proxy.console.days import days_asked
from proxy.console.frame import Asking, console_of, page
from proxy.console.guards import requires
from proxy.console.lead.numbers import Numbers, by_day, numbers
from proxy.console.section import CONSOLE, Section
from proxy.ledger.daily import DECISIONS
from proxy.wire.services import Services

LEAD = f"{CONSOLE}/lead"
DAYS = (1, 7, 30)
USUAL_DAYS = 7


@get(LEAD, guards=[requires(Role.LEAD)])
async def lead_page(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    days = days_asked(request, DAYS, USUAL_DAYS)
    found = await _numbers(request, person, services, days)
    return page(
        request,
        "lead/page.html",
        title="Lead",
        days=days,
        every_days=DAYS,
        found=found,
        decisions=DECISIONS,
        at_risk=[(one, case_address(one.ref), due_in_words(one.due_at, found.now)) for one in found.at_risk],
        soon=SOON,
    )


@get(f"{LEAD}/days.svg", guards=[requires(Role.LEAD)])
async def days_chart(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[bytes]:
    """What was done with answers, day by day."""
    found = await _numbers(request, person, services, days_asked(request, DAYS, USUAL_DAYS))
    return await chart(by_day(found.days), request.query_params.get("scheme", ""))


async def _numbers(request: Asking, person: Person, services: Services, days: int) -> Numbers:
    def compute() -> Numbers:
        return numbers(services.ledger, person.tenant, datetime.now(UTC), days)

    return await console_of(request).remembered.get(("lead", person.tenant, days), compute)


SECTION = Section("Lead", LEAD, (lead_page, days_chart), roles=(Role.LEAD,))
