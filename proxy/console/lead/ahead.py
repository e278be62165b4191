"""What the page is computed with takes a second or two to be read: that is begun before somebody opens it."""

from __future__ import annotations

import asyncio

from proxy.access.people.roles import Role, all_roles
from proxy.console.frame import Console
from proxy.ledger.people import PersonRecord


async def read_ahead(console: Console) -> None:
    """Where somebody is there who may open the page, let its libraries be read, by a process of their own."""
    people = await asyncio.to_thread(console.people.listed)
    if any(may_open(one) for one in people):
        await asyncio.to_thread(console.children.begin)


def may_open(person: PersonRecord) -> bool:
    return person.disabled_at is None and Role.LEAD in all_roles(person.roles)
