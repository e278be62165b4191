"""The reviews of the tenant that somebody is signed in for, as pages ask for them."""

from __future__ import annotations

from proxy.access.people.roles import Person
from proxy.console.frame import Asking, console_of
from proxy.review.giving import Reviewing
from proxy.review.plan import ReviewPlan


def reviewing_of(request: Asking, person: Person) -> Reviewing:
    ledger = console_of(request).tenants[person.tenant].ledger
    return Reviewing(ledger, ReviewPlan(), person.tenant)
