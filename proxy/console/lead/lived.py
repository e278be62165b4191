"""What customers lived through beside the usual numbers, as ``cxai recovery lead --json`` tells it, ready to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from proxy.console.failures.told import FAILURES
from proxy.console.failures.words import KINDS, SOURCES

MOST_NAMED = 5  # failures of a divergence
_WHICH = {"median": "median", "p90": "9 of 10"}
_FILTERS = ("kind", "severity", "cause", "author", "incident")


@dataclass(frozen=True, slots=True)
class Line:
    """A figure in words; ``label`` says which part of its measure it is, "" for all of it."""

    label: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure with its figures: those of all cases, and of parts of them. ``about`` explains it."""

    name: str
    about: Mapping[str, str]
    whole: tuple[Line, ...]
    parts: tuple[Line, ...]

    @property
    def title(self) -> str:
        return self.about.get("title") or self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Diverging:
    """A sentence, where the failures that it rests on are listed ("" where no list shows just these), some by name."""

    text: str
    address: str
    named: tuple[str, ...]
    count: int


def measured(found: Mapping[str, Any], side: str) -> list[Measured]:
    """The figures of ``usual``, ``lived`` or ``now`` by their measure, in the order in which they are told."""
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for one in found[side]:
        by_name.setdefault(one["measure"], []).append(one)
    since = str(found["since"])[:10]
    return [
        Measured(
            name,
            found["measures"].get(name, {}),
            tuple(_line(one, since) for one in figures if one.get("of") is None),
            tuple(_line(one, since) for one in figures if one.get("of") is not None and _tells(one)),
        )
        for name, figures in by_name.items()
    ]


def diverging(found: Mapping[str, Any]) -> list[Diverging]:
    """The sentences in which the usual numbers and what customers lived through come apart."""
    since = str(found["since"])[:10]
    return [
        Diverging(
            one["text"],
            failures_address(one.get("which") or {}, since),
            tuple(one.get("failures") or ())[:MOST_NAMED],
            int(one.get("count") or 0),
        )
        for one in found["divergences"]
    ]


def failures_address(which: Mapping[str, Any], since: str) -> str:
    """The list of failures that fit; "" where nothing says which."""
    asked = {name: str(which[name]) for name in _FILTERS if which.get(name)}
    if which.get("is_open"):
        return f"{FAILURES}?{urlencode({'show': 'open', **asked})}"
    if which.get("status"):
        asked["show"] = str(which["status"])
    if not asked:
        return ""
    return f"{FAILURES}?{urlencode({'show': 'all', **asked, 'since': since})}"


def change_days(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was changed, numbered as on the picture."""
    return [
        {**one, "number": number, "day": str(one["at"])[:10]}
        for number, one in enumerate(found["changes"], start=1)
    ]


def _line(one: Mapping[str, Any], since: str) -> Line:
    of, which = one.get("of"), _WHICH.get(one.get("which") or "", one.get("which") or "")
    part = "" if of is None else _part(one["measure"], str(of))
    address = ""
    if one["measure"] == "failures" and of is not None:
        address = failures_address({"kind": of}, since)
    if one["measure"] == "open_failures" and of is not None:
        address = failures_address({"severity": of, "is_open": True}, since)
    return Line(", ".join(filter(None, (part, which))), str(one["text"]), address)


def _part(measure: str, of: str) -> str:
    if measure == "failures":
        return KINDS.get(of, of)
    return SOURCES.get(of, of).replace("_", " ") if measure == "detected_by" else of


def _tells(one: Mapping[str, Any]) -> bool:
    """Whether a part says anything: of what did not happen at all only the whole is told."""
    return bool(one.get("n") or one.get("value"))
