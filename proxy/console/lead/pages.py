"""``/console/lead``: the numbers, side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from proxy.access.people.roles import Person, Role
from proxy.console.case.addresses import case_address
from proxy.console.case.due import SOON, due_in_words
from proxy.console.charts import chart
from proxy.console.days import days_asked
from proxy.console.frame import Asking, console_of, fragment, page
from proxy.console.guards import requires
from proxy.console.lead.lived import change_days, diverging, measured
from proxy.console.lead.numbers import Numbers, by_day, numbers
from proxy.console.lead.trend import trend_chart
from proxy.console.section import CONSOLE, Section
from proxy.ledger.answers.daily import DECISIONS
from proxy.wire.services import Services

LEAD = f"{CONSOLE}/lead"
DAYS = (1, 7, 30, 60, 90)
USUAL_DAYS = 7
SCORED_DAYS = 60  # at least: who comes back, and what is put right in time, is known only weeks later
LIVED_FRESH_S = 120.0  # what a process of its own has found; its picture is asked for after its text


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


@get(f"{LEAD}/lived", guards=[requires(Role.LEAD)])
async def lived_part(request: Asking, services: NamedDependency[Services]) -> Response[str]:
    """The part of the page with the usual numbers beside what customers lived through; it takes a few seconds."""
    days = days_asked(request, DAYS, USUAL_DAYS)
    found = await _measured(request, services, "lead", days)
    return fragment(
        request,
        "lead/_lived.html",
        days=days,
        found=found,
        divergences=diverging(found),
        usual=measured(found, "usual"),
        lived=measured(found, "lived"),
        at_present=measured(found, "now"),
        changes=change_days(found),
    )


@get(f"{LEAD}/one-standard", guards=[requires(Role.LEAD)])
async def one_standard(request: Asking, services: NamedDependency[Services]) -> Response[str]:
    """The part of the page with the scorecard of the chatbot and people."""
    days = max(SCORED_DAYS, days_asked(request, DAYS, USUAL_DAYS))
    card = await _measured(request, services, "scorecard", days)
    return fragment(request, "lead/_one_standard.html", card=card)


@get(f"{LEAD}/trend.svg", guards=[requires(Role.LEAD)])
async def trend_picture(request: Asking, services: NamedDependency[Services]) -> Response[bytes]:
    """Answers and failures day by day, with what was changed."""
    found = await _measured(request, services, "lead", days_asked(request, DAYS, USUAL_DAYS))
    return await chart(trend_chart(found), request.query_params.get("scheme", ""))


async def _measured(request: Asking, services: Services, command: str, days: int) -> dict[str, Any]:
    """What ``cxai recovery`` tells by this command: its libraries are no part of serving. Raises Problem."""
    children = console_of(request).children
    policies = services.policies.folder
    there = ("--policies", str(policies)) if policies else ()

    async def told() -> dict[str, Any]:
        asked = ("recovery", command, "--days", str(days), "--tenant", services.tenant, "--json")
        rows = await children.rows(*asked, *there)
        return rows[0]

    key = ("recovery", command, services.tenant, days)
    return await console_of(request).remembered.awaited(key, told, fresh_s=LIVED_FRESH_S)


async def _numbers(request: Asking, person: Person, services: Services, days: int) -> Numbers:
    def compute() -> Numbers:
        return numbers(services.ledger, person.tenant, datetime.now(UTC), days)

    return await console_of(request).remembered.get(("lead", person.tenant, days), compute)


SECTION = Section(
    "Lead", LEAD, (lead_page, days_chart, lived_part, one_standard, trend_picture), roles=(Role.LEAD,)
)
