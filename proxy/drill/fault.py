"""A fault: its name, how it is injected, what is promised; and the stages, each a proxy that faults are tried on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

from proxy.drill.misbehaving import Reply
from proxy.drill.outcome import Outcome
from proxy.drill.place import Place, Settings

Way = Literal["whole", "streamed"]
BOTH: tuple[Way, ...] = ("whole", "streamed")
WHOLE: tuple[Way, ...] = ("whole",)
STREAMED: tuple[Way, ...] = ("streamed",)

Work = Callable[[Place, Way], Outcome]
Injection = Callable[[Place], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Fault:
    """``work`` injects it, asks in each of ``ways``, takes it back, and tells what was seen."""

    name: str
    injected: str
    promised: Outcome
    work: Work
    ways: tuple[Way, ...] = BOTH


@dataclass(frozen=True, slots=True)
class Stage:
    """Faults that are tried one after the other on a proxy with these ``settings``; None starts no proxy."""

    name: str
    faults: tuple[Fault, ...]
    settings: Settings | None


def answering(*replies: Reply, route: str = "closed", **request: Any) -> Work:
    """A customer asks while the provider answers like this; ``request`` as in ``Place.ask``."""

    def work(place: Place, way: Way) -> Outcome:
        place.provider.replies = list(replies)
        return place.ask(route, streamed=way == "streamed", **request)

    return work


def during(injection: Injection, work: Work) -> Work:
    """``work`` while the injection lasts."""

    def injected(place: Place, way: Way) -> Outcome:
        with injection(place):
            return work(place, way)

    return injected
