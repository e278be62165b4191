"""``/console/integrity``: the figures of review, one's own first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from litestar import Response, get
from litestar.di import NamedDependency

from proxy.access.people.roles import Person, Role
from proxy.console.charts import chart
from proxy.console.days import days_asked
from proxy.console.frame import Asking, console_of, page
from proxy.console.guards import requires
from proxy.console.integrity.charts import by_hour, by_person
from proxy.console.section import CONSOLE, Section
from proxy.review.agreement import LEAST_ALPHA
from proxy.review.alarms import LEAST_CAUGHT, MOST_HURRIED
from proxy.review.integrity import Integrity, Viewer, integrity
from proxy.wire.services import Services

INTEGRITY = f"{CONSOLE}/integrity"
DAYS = (1, 7, 30, 90)
USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Seen:
    """The figures, and what people are called."""

    found: Integrity
    names: Mapping[str, str]

    def name(self, reviewer: str) -> str:
        return self.names.get(reviewer, reviewer)


@get(INTEGRITY, guards=[requires(Role.REVIEWER)])
async def figures_page(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """One's own figures, the team's, and for leads each person's."""
    days = days_asked(request, DAYS, USUAL_DAYS)
    seen = await _seen(request, person, services, days)
    found = seen.found
    return page(
        request,
        "integrity/page.html",
        title="Integrity",
        days=days,
        every_days=DAYS,
        found=found,
        name=seen.name,
        own=next((one for one in found.people if one.reviewer == person.id), None),
        own_last=next((one for one in found.last_shifts if one.reviewer == person.id), None),
        own_alarms=[one for one in found.alarms if one.reviewer == person.id],
        team_alarms=[one for one in found.alarms if one.reviewer is None],
        alarms_of_others=[one for one in found.alarms if one.reviewer not in (None, person.id)],
        lead=person.may(Role.LEAD),
        least_caught=LEAST_CAUGHT,
        least_alpha=LEAST_ALPHA,
        most_hurried=MOST_HURRIED,
    )


@get(f"{INTEGRITY}/hours.svg", guards=[requires(Role.REVIEWER)])
async def hours_chart(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[bytes]:
    """Catch rate and pace of the team by the hour of the shift."""
    seen = await _seen(request, person, services, days_asked(request, DAYS, USUAL_DAYS))
    return await chart(by_hour(seen.found.hours), request.query_params.get("scheme", ""))


@get(f"{INTEGRITY}/people.svg", guards=[requires(Role.LEAD)])
async def people_chart(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[bytes]:
    """Each person's catch rate; for leads."""
    seen = await _seen(request, person, services, days_asked(request, DAYS, USUAL_DAYS))
    rates = [(seen.name(one.reviewer or ""), one.caught) for one in seen.found.people]
    return await chart(by_person(rates), request.query_params.get("scheme", ""))


async def _seen(request: Asking, person: Person, services: Services, days: int) -> Seen:
    """What this person may see: a lead sees everybody's, others the team's and their own."""
    viewer = Viewer(person.id, lead=person.may(Role.LEAD))

    def compute() -> Seen:
        since = datetime.now(UTC) - timedelta(days=days)
        found = integrity(services.ledger, viewer, tenant=person.tenant, since=since)
        names = {one.id: one.name for one in services.ledger.people.listed(person.tenant)}
        return Seen(found, names)

    return await console_of(request).remembered.get(("integrity", person.tenant, viewer, days), compute)


SECTION = Section("Integrity", INTEGRITY, (figures_page, hours_chart, people_chart), roles=(Role.REVIEWER,))
