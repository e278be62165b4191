"""What a person may do in the console, as roles; a person has one or more, all in one tenant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from proxy.ledger.staff.people import PersonRecord


class Role(StrEnum):
    """docs/people.md has the list for people."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    LEAD = "lead"
    POLICY_OWNER = "policy-owner"
    ADMIN = "admin"


APPROVERS = (Role.LEAD, Role.POLICY_OWNER)  # who lets customers be told that something was wrong
_INCLUDED = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.REVIEWER: frozenset({Role.REVIEWER, Role.VIEWER}),
    Role.LEAD: frozenset({Role.LEAD, Role.REVIEWER, Role.VIEWER}),
    Role.POLICY_OWNER: frozenset({Role.POLICY_OWNER, Role.VIEWER}),
    Role.ADMIN: frozenset(Role),
}


def all_roles(names: Collection[str]) -> frozenset[Role]:
    """The named roles and those that they include; a name that this release does not know gives nothing."""
    known = [Role(name) for name in names if name in frozenset(Role)]
    return frozenset().union(*(_INCLUDED[role] for role in known))


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in. ``roles`` holds those that their roles include, too."""

    id: str
    email: str
    name: str
    tenant: str
    roles: frozenset[Role]

    def may(self, *roles: Role) -> bool:
        """Whether the person has one of these roles."""
        return not self.roles.isdisjoint(roles)


def person_from(record: PersonRecord) -> Person:
    return Person(record.id, record.email, record.name, record.tenant, all_roles(record.roles))
