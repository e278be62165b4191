"""Who may sign in to the demo's console: one person with every role, by a link that works on this machine alone."""

from __future__ import annotations

from datetime import UTC, datetime

from proxy.access.people.accounts import new_person, one_time_link
from proxy.access.people.roles import Role
from proxy.demo.servers import ProxyPlace
from proxy.ledger.ledger import Ledger
from proxy.ledger.staff_events import CXAI
from proxy.review.simulated import fill

EMAIL = "demo@localhost"
NAME = "Demo reviewer"


def sign_in_link(place: ProxyPlace) -> str:
    """A new link for the demo's person, who is made at the first one."""
    with demo_ledger(place) as ledger:
        person = ledger.people.of_email(EMAIL)
        if person is None:
            person = new_person(EMAIL, NAME, [Role.ADMIN])
            ledger.people.add(person, by=CXAI)
        return one_time_link(ledger, person, place.url)


def waiting_cases(place: ProxyPlace) -> int:
    with demo_ledger(place) as ledger:
        return len(ledger.escalations(status="open"))


def simulate_reviews(place: ProxyPlace) -> int:
    """Fill the figures of review with the work of simulated reviewers, marked as such; how many reviews they are."""
    with demo_ledger(place) as ledger:
        return fill(ledger, now=datetime.now(UTC))


def demo_ledger(place: ProxyPlace) -> Ledger:
    return Ledger.open(place.environment["CXAI_DATABASE_URL"], upgrade=False)
