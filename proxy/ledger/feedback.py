"""What customers say of answers, as contacts keep it; and how many of those who were asked say that it is settled.

A contact's ``data`` has ``rating`` (``up`` or ``down``), ``told_otherwise`` (a person told them something else),
``settled`` (``asked``, ``yes`` or ``no``), and what it is about: ``response_id``, ``conversation_id``, ``failure``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from proxy.ledger.contacts import ContactKind
from proxy.ledger.records import Contact
from proxy.ledger.schema import contacts

UP, DOWN = "up", "down"
ASKED, YES, NO = "asked", "yes", "no"


@dataclass(frozen=True, slots=True)
class Settled:
    """Of the matters about which customers were ``asked`` whether they are settled, how many they said ``yes``
    or ``no`` to; of the others they said nothing.
    """

    asked: int = 0
    yes: int = 0
    no: int = 0


def settled_query(tenant: str, since: datetime, until: datetime) -> Select[Any]:
    """The feedback of a period, the oldest first."""
    of_kind = contacts.c.tenant == tenant, contacts.c.kind == ContactKind.FEEDBACK
    in_time = contacts.c.at >= since, contacts.c.at < until
    return select(contacts).where(*of_kind, *in_time).order_by(contacts.c.at, contacts.c.id)


def counted(told: Iterable[Contact]) -> Settled:
    """Each matter once, by what was said of it last; whoever answered was asked, also where nobody noted that."""
    said: dict[tuple[str, str | None], str] = {}
    for one in told:
        answer = one.data.get("settled")
        if answer in (ASKED, YES, NO):
            matter = one.customer_id, matter_of(one)
            said[matter] = answer if answer != ASKED else said.get(matter, ASKED)
    answers = list(said.values())
    return Settled(len(answers), answers.count(YES), answers.count(NO))


def matter_of(one: Contact) -> str | None:
    """What feedback is about: the failure where it names one, else the answer or the conversation."""
    return next(
        (one.data[name] for name in ("failure", "response_id", "conversation_id") if name in one.data), None
    )
