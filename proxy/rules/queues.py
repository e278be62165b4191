"""Queues of cases: which of them goes where, how soon it should be answered, and who works there.

A case takes the first queue that fits, in the order in which they are written; one that nothing fits goes to
``default``. ``reading.py`` makes these from ``policies/*.yaml``, which docs/escalations.md describes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from proxy.corpus.documents import Risk
from proxy.ledger.desk.records import NO_QUEUE, Routing
from proxy.rules.durations import Duration
from proxy.rules.facts import ContextValues, RequestFacts
from proxy.rules.match import Globs, Name, RuleMatch, Text, Written, any_fits, as_list
from proxy.rules.rules import NO_RULES, Rules

Names = Annotated[tuple[Text, ...], BeforeValidator(as_list)]


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Queue(Written):
    """A queue of a policies file."""

    name: Name
    """What the API, metrics and logs call it."""
    topics: Globs = ("*",)
    """Which cases it takes, by globs over the id of the document that they are about: `airline/*`."""
    risk: Annotated[tuple[Risk, ...], BeforeValidator(_one_or_more), Field(min_length=1)] = tuple(Risk)
    """Which cases it takes, by the risk of that document; a case about none is `medium`."""
    match: RuleMatch = RuleMatch()
    """Which requests its cases come from, as in a rule."""
    when: Text | None = None
    """A condition in CEL over the request and the customer, as in a rule."""
    answer_within: Duration | None = None
    """The service target: how soon after a case has opened a person should have answered it."""
    alarm_before: Duration = timedelta(minutes=30)
    """How long before that end it is told that a case is about to miss it."""
    public_name: Text | None = None
    """What customers read of who has their case: `our bereavement team`."""
    members: Names = ()
    """Who may claim its cases, by the names that they act under; everybody where it is left out."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """What decides where a new case goes, besides its request: the document that it is about, and that one's risk."""

    topic: str | None = None
    risk: Risk | None = None


@dataclass(frozen=True, slots=True)
class Queues:
    """All queues in the order in which they are tried; ``conditions`` are their ``when``, each by its queue's name."""

    every: tuple[Queue, ...] = ()
    conditions: Rules = NO_RULES

    def named(self, name: str) -> Queue:
        """The queue of this name; one without a target where there is none of it (any more)."""
        return next((one for one in self.every if one.name == name), Queue(name=NO_QUEUE))

    def closed_to(self, *names: str) -> frozenset[str]:
        """The queues that are not for somebody who acts under these names: those with members who are others."""
        own = {name.casefold() for name in names}
        return frozenset(
            one.name for one in self.every if one.members and own.isdisjoint(map(str.casefold, one.members))
        )

    def routing(self, about: Sorted, request: RequestFacts, context: ContextValues, now: datetime) -> Routing:
        """Where a case that opens now goes."""
        holding = {fired.rule.name for fired in self.conditions.ahead(request, context, now) if fired.acts}
        found = next(
            (one for one in self.every if self._fits(one, about, request, holding)), Queue(name=NO_QUEUE)
        )
        due_at = None if found.answer_within is None else now + found.answer_within
        return Routing(found.name, due_at, about.topic, about.risk and about.risk.value)

    def _fits(self, queue: Queue, about: Sorted, request: RequestFacts, holding: set[str]) -> bool:
        return (
            (queue.when is None or queue.name in holding)
            and any_fits(queue.topics, about.topic or "")
            and (about.risk or Risk.MEDIUM) in queue.risk
            and queue.match.fits_request(request)
        )

    @property
    def version(self) -> list[str]:
        """Names exactly what the queues say."""
        return [one.model_dump_json() for one in self.every]


NO_QUEUES = Queues()
