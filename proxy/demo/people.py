"""Who may sign in to the demo's console: one person with every role, by a link that works on this machine alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from proxy.access.people.accounts import new_person, one_time_link
from proxy.access.people.roles import Role
from proxy.commands.options import load
from proxy.commands.recovery_simulation import simulated
from proxy.demo.servers import ProxyPlace
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.failures.records import Status
from proxy.ledger.ledger import Ledger
from proxy.ledger.staff.events import CXAI
from proxy.recovery.simulation.run import Simulated
from proxy.recovery.simulation.story import Story
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


def simulate_days(place: ProxyPlace, corpus: Path) -> Simulated:
    """Fill the ledger with sixty days of a telecom that ended yesterday, marked as simulated."""
    settings = load(None, corpus=corpus).settings
    # The rule comes late, so that the month that Lead shows at first has days without it.
    story = Story.until(datetime.now(UTC), 0.7, injected_on=46)
    return simulated(settings, place.environment["CXAI_DATABASE_URL"], story, upgrade=False, timed=False)


def followed_failure(place: ProxyPlace) -> str | None:
    """The newest failure that was followed until its customer was whole."""
    with demo_ledger(place) as ledger:
        restored = ledger.failures.states(FailureFilter(status=Status.RESTORED), limit=1)
        return restored[0].failure_id if restored else None


def demo_ledger(place: ProxyPlace) -> Ledger:
    return Ledger.open(place.environment["CXAI_DATABASE_URL"], upgrade=False)
