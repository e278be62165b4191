"""All figures of review at once, as the integrity page and ``cxai review figures`` show them.

Team figures are for all who may see the page; a person's are for themselves and for leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.review.agreement import Agreement, agreement
from proxy.review.alarms import Alarm, persons_alarms, team_alarms
from proxy.review.error_rate import ErrorRate, error_rate
from proxy.review.figures import Figures, HourFigures, figures, hours, shifts


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a lead sees everybody's figures, others see the team's and their own."""

    id: str
    lead: bool = False

    def may_see(self, reviewer: str) -> bool:
        return self.lead or reviewer == self.id


@dataclass(frozen=True, slots=True)
class Integrity:
    """``team`` is None where nothing was reviewed. ``people`` and ``last_shifts`` are those that the viewer may see.

    ``simulated``: some of it is not the work of people, and has to be shown so.
    """

    since: datetime | None
    until: datetime | None
    team: Figures | None
    hours: tuple[HourFigures, ...]
    agreement: Agreement
    error_rate: ErrorRate | None
    people: tuple[Figures, ...]
    last_shifts: tuple[Figures, ...]
    alarms: tuple[Alarm, ...]
    simulated: bool = False


def integrity(
    ledger: Ledger,
    viewer: Viewer,
    *,
    tenant: str = DEFAULT_TENANT,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Integrity:
    """The figures of a period. Raises LedgerError."""
    reviews = ledger.reviews.reviews(tenant, since=since, until=until)
    finished = [one for one in reviews if one.finished]
    team, agreed = figures(finished), agreement(finished)
    seen = sorted({one.giving.reviewer for one in finished if viewer.may_see(one.giving.reviewer)})
    people = [figures(finished, who) for who in seen]
    latest = {shift[0].giving.reviewer: shift for shift in shifts(finished)}
    alarms: list[Alarm] = []
    if team is not None:
        alarms += team_alarms(team, agreed)
        alarms += [alarm for who in seen for alarm in persons_alarms(finished, who, team)]
    return Integrity(
        since=since,
        until=until,
        team=team,
        hours=hours(finished),
        agreement=agreed,
        error_rate=error_rate(ledger.reviews.draws(tenant, since=since, until=until), reviews, team),
        people=tuple(one for one in people if one),
        last_shifts=tuple(one for who in seen if (one := figures(latest[who], who))),
        alarms=tuple(alarms),
        simulated=any(one.giving.simulated for one in finished),
    )
