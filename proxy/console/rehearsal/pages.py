"""``/console/rehearsal``: what the last rehearsals said of production, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from proxy.access.people.roles import Person, Role
from proxy.console.charts import chart
from proxy.console.frame import Asking, page
from proxy.console.guards import requires
from proxy.console.rehearsal.charts import ladder, ladder_chart, parts_chart
from proxy.console.rehearsal.report import headline
from proxy.console.rehearsal.words import WORDS, measures
from proxy.console.section import CONSOLE, Section
from proxy.ledger.ledger import Ledger
from proxy.ledger.rehearsal.register import Held, RehearsalReport, coverage
from proxy.wire.services import Services

REHEARSAL = f"{CONSOLE}/rehearsal"
READERS = (Role.LEAD, Role.POLICY_OWNER)


@get(REHEARSAL, guards=[requires(*READERS)])
async def rehearsals(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """The newest report, the others' names, and predictions beside what came."""
    return await _shown(request, person, services)


@get(f"{REHEARSAL}/{{report_id:str}}", guards=[requires(*READERS)])
async def one_rehearsal(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    report_id: FromPath[str],
) -> Response[str]:
    """One report."""
    return await _shown(request, person, services, report_id)


@get(f"{REHEARSAL}/{{report_id:str}}/ladder.svg", guards=[requires(*READERS)])
async def ladder_picture(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    report_id: FromPath[str],
) -> Response[bytes]:
    """From the pilot's own figure to the predicted one."""
    found = await _report(person, services, report_id)
    return await chart(ladder_chart(headline(found)), request.query_params.get("scheme", ""))


@get(f"{REHEARSAL}/{{report_id:str}}/parts.svg", guards=[requires(*READERS)])
async def parts_picture(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    report_id: FromPath[str],
) -> Response[bytes]:
    """The parts of traffic."""
    found = await _report(person, services, report_id)
    return await chart(parts_chart(found), request.query_params.get("scheme", ""))


async def _report(person: Person, services: Services, report_id: str) -> Mapping[str, Any]:
    found = await asyncio.to_thread(services.ledger.rehearsals.report, person.tenant, report_id)
    if found is None:
        raise NotFoundException
    return found.report


async def _shown(
    request: Asking, person: Person, services: Services, report_id: str | None = None
) -> Response[str]:
    reports, shown, register = await asyncio.to_thread(_read, services.ledger, person.tenant, report_id)
    if report_id is not None and shown is None:
        raise NotFoundException
    return page(
        request,
        "rehearsal/page.html",
        title="Rehearsal",
        reports=reports,
        shown=shown,
        found=shown.report if shown else None,
        good=headline(shown.report) if shown else None,
        ladder=ladder,
        pictures=_addresses(shown.id) if shown else None,
        register=register,
        coverage=coverage(register),
        measures=measures(reports),
        **WORDS,
    )


def _read(
    ledger: Ledger, tenant: str, report_id: str | None
) -> tuple[list[RehearsalReport], RehearsalReport | None, list[Held]]:
    reports = ledger.rehearsals.reports(tenant)
    newest = reports[0] if reports else None
    shown = ledger.rehearsals.report(tenant, report_id) if report_id else newest
    return reports, shown, ledger.rehearsals.register(tenant)


def _addresses(report_id: str) -> dict[str, dict[str, str]]:
    return {
        name: {scheme: f"{REHEARSAL}/{report_id}/{name}.svg?scheme={scheme}" for scheme in ("light", "dark")}
        for name in ("ladder", "parts")
    }


SECTION = Section(
    "Rehearsal", REHEARSAL, (rehearsals, one_rehearsal, ladder_picture, parts_picture), roles=READERS
)
