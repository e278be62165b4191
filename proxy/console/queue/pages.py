"""The queue: which cases wait, by what is due, by risk, age and topic; what is one's own; live while others work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage

from proxy.access.people.roles import Person, Role
from proxy.console.case.addresses import case_address
from proxy.console.case.due import SOON, due_in_words
from proxy.console.errors import Problem
from proxy.console.frame import Asking, fragment, page
from proxy.console.guards import requires
from proxy.console.membership import closed_queues
from proxy.console.queue.feed import ChangeFeed
from proxy.console.queue.overview import Overviews
from proxy.console.queue.wanted import QUEUE, Show, Wanted, wanted_from
from proxy.console.reviewing import reviewing_of
from proxy.console.section import REVIEW, Section
from proxy.ledger.desk.desk import Desk
from proxy.ledger.desk.queries import Order
from proxy.ledger.desk.records import DeskCase
from proxy.ledger.rows import storable
from proxy.wire.desk.requests import place, token
from proxy.wire.services import Services

PAGE = 50
_FEED, _OVERVIEWS = "case_changes", "case_overviews"  # in the application's state
ORDERS = {
    Order.DUE: "Due first",
    Order.RISK: "Highest risk first",
    Order.AGE: "Oldest first",
    Order.NEWEST: "Newest first",
}
_TITLES = {Show.ALL: "All cases", Show.MINE: "Mine", Show.DUE: "About to breach"}


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the queue. What the machine thought of it is not told here either."""

    ref: str
    question: str | None
    topic: str | None
    risk: str | None
    opened_at: datetime
    due_at: datetime | None
    due_in_words: str
    is_due_soon: bool
    is_past_due: bool
    is_mine: bool
    state: str


@dataclass(frozen=True, slots=True)
class Tab:
    title: str
    address: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """What an empty page says."""

    heading: str
    text: str = ""


@get(QUEUE, guards=[requires(Role.VIEWER)])
async def queue(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    values = await _values(request, person, services)
    return page(request, "queue/page.html", title="Queue", **values)


@get(f"{QUEUE}/rows", guards=[requires(Role.VIEWER)])
async def rows(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """The cases alone, for a page that is open already."""
    values = await _values(request, person, services)
    return fragment(request, "queue/_rows.html", **values)


@post(f"{QUEUE}/take", guards=[requires(Role.REVIEWER)], status_code=303)
async def take(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[Any]:
    """Claim the case that is due first; now and then an answer is to be reviewed before it."""
    name = storable(str((await request.form()).get("queue") or "")) or None
    reviewing = reviewing_of(request, person)
    if await asyncio.to_thread(reviewing.before_next_case, person.id, datetime.now(UTC)) is not None:
        return Redirect(REVIEW, status_code=303)
    desk, closed = services.ledger.desk, closed_queues(services, person)
    taken = await asyncio.to_thread(
        lambda: desk.claim_next(
            actor=person.id, tenant=person.tenant, name=person.name, queue=name, without=closed
        )
    )
    if taken is None:
        raise Problem(
            "Nothing waits for you",
            "Every case is held by somebody, answered, or of a queue that others work on. Look again in a while.",
            409,
        )
    return Redirect(case_address(taken.ref), status_code=303)


@get(f"{QUEUE}/changes", guards=[requires(Role.VIEWER)])
async def changes(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> ServerSentEvent:
    """Server-sent events: ``changed`` whenever a case of the tenant's has, whichever worker changed it."""
    told = request.headers.get("last-event-id") or request.query_params.get("since") or ""
    known = int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0
    feed: ChangeFeed = request.app.state.setdefault(_FEED, ChangeFeed(services.ledger.desk.newest_change))
    if not feed.has_room(person.id):
        raise Problem("Too many pages are open", "Close some: this one does not change by itself.", 429)

    async def events() -> AsyncIterator[ServerSentEventMessage]:
        following = feed.changes(
            person.tenant, known, person=person.id, ended=lambda: services.draining.has_begun
        )
        async for newest in following:
            if newest is None:
                yield ServerSentEventMessage(comment="still here")
            else:
                yield ServerSentEventMessage(event="changed", data=str(newest), id=str(newest))

    return ServerSentEvent(events())


async def _values(request: Asking, person: Person, services: Services) -> dict[str, Any]:
    wanted = wanted_from(request.query_params)
    overviews = request.app.state.setdefault(_OVERVIEWS, Overviews())
    return await asyncio.to_thread(_page, overviews, services.ledger.desk, person, wanted)


def _page(overviews: Overviews, desk: Desk, person: Person, wanted: Wanted) -> dict[str, Any]:
    """All that the page shows, read at one moment."""
    now = datetime.now(UTC)
    newest = desk.newest_change(person.tenant)  # first: what changes meanwhile is told again, not missed
    found = desk.cases(
        wanted.filter(person.tenant, person.id, now),
        order=wanted.order,
        after=place(wanted.after or "", wanted.order),
        limit=PAGE + 1,
        now=now,
    )
    overview = overviews.of(desk, person.tenant, newest, now)
    more = len(found) > PAGE
    after = replace(wanted, after=token(found[PAGE - 1], wanted.order)) if more else None
    return {
        "wanted": wanted,
        "rows": [_row(case, person, now) for case in found[:PAGE]],
        "next_address": after.address() if after else None,
        "rows_address": wanted.address(f"{QUEUE}/rows"),
        "newest": newest,
        "counts": overview,
        "queues": overview.queues,
        "topics": overview.topics,
        "tabs": _tabs(wanted),
        "orders": list(ORDERS.items()),
        "nothing": _nothing(wanted),
        "may_take": person.may(Role.REVIEWER),
    }


def _tabs(wanted: Wanted) -> list[Tab]:
    return [
        Tab(title, replace(wanted, show=show, after=None).address(), show is wanted.show)
        for show, title in _TITLES.items()
    ]


def _nothing(wanted: Wanted) -> Nothing:
    if wanted.topic or wanted.queue:
        return Nothing("No case fits.", "Choose all topics and queues to see the others.")
    match wanted.show:
        case Show.MINE:
            return Nothing(
                "You hold no case.", "Take one, and it is yours until you settle it or put it back."
            )
        case Show.DUE:
            return Nothing(
                "Nothing is about to breach.",
                "Every case has half an hour or more before its service target, or has no target.",
            )
    return Nothing("No case waits.", "What the chatbot hands over to people comes up here by itself.")


def _row(case: DeskCase, person: Person, now: datetime) -> Row:
    mine = case.holder == person.id
    left = case.due_at - now if case.due_at else None
    return Row(
        ref=case.ref,
        question=case.question,
        topic=case.topic,
        risk=case.risk,
        opened_at=case.opened_at,
        due_at=case.due_at,
        due_in_words=due_in_words(case.due_at, now),
        is_due_soon=left is not None and left < SOON,
        is_past_due=left is not None and left.total_seconds() < 0,
        is_mine=mine,
        state=state_of(case, person),
    )


def state_of(case: DeskCase, person: Person) -> str:
    """Who has a case, for people."""
    if case.holder is None:
        return "open again" if case.status == "reopened" else "open"
    return "held by you" if case.holder == person.id else f"held by {case.holder_name or 'somebody else'}"


SECTION = Section("Queue", QUEUE, (queue, rows, take, changes))
