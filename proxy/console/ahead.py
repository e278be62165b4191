"""What takes a second or two to be read, and is begun before somebody comes."""

from __future__ import annotations

import asyncio

from proxy.access.people.roles import Role, all_roles
from proxy.console.door import ConsoleDoor
from proxy.ledger.staff.people import PeopleTable, PersonRecord


async def read_ahead(door: ConsoleDoor, people: PeopleTable) -> None:
    """Where somebody is there who may sign in, make the pages; and let the libraries of the page *Lead* be read.

    That is done by a process of their own, where somebody may open it.
    """
    there = [one for one in await asyncio.to_thread(people.listed) if one.disabled_at is None]
    if not there:
        return
    pages = await door.pages()
    if any(may_open(one) for one in there):
        await asyncio.to_thread(pages.state["console"].children.begin)


def may_open(person: PersonRecord) -> bool:
    """Whether they may open the page *Lead*."""
    return person.disabled_at is None and Role.LEAD in all_roles(person.roles)
