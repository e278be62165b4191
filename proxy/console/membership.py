"""Whose cases somebody may take: where a queue names its members, nobody else does, at the console as over HTTP.

In ``policies/queues.yaml`` people of the console are named by their e-mail address.
"""

from __future__ import annotations

from proxy.access.people.roles import Person
from proxy.console.problem import Problem
from proxy.ledger.staff.people import PersonRecord
from proxy.wire.services import Services


def closed_queues(services: Services, person: Person | PersonRecord) -> frozenset[str]:
    """The queues that this person takes no cases of."""
    return services.policies.current.queues.closed_to(person.email, person.id)


def expect_member(services: Services, person: Person, queue: str) -> None:
    """Raises Problem."""
    if queue in closed_queues(services, person):
        told = f"The queue {queue} names its members (policies/queues.yaml), and you are none of them."
        raise Problem("You cannot take this case", told, 403)
