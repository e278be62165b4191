"""The reviews of the tenant that somebody is signed in for, as pages ask for them."""

from __future__ import annotations

from proxy.access.people.roles import Person
from proxy.console.frame import Asking, console_of
from proxy.review.giving import Reviewing


def reviewing_of(request: Asking, person: Person) -> Reviewing:
    console = console_of(request)
    return Reviewing(console.tenants[person.tenant].ledger, console.review, person.tenant)
