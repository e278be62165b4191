"""Lessons as a failure's events hold them: begun (``to_learn``), and holding (``learned``)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proxy.ledger.failures.records import FailureEvent, FailureFile, Step

CASE, SEEDED, RULE, NOTE = "case", "seeded", "rule", "note"
KINDS: Mapping[str, str] = {
    CASE: "a regression case",
    SEEDED: "a seeded review item",
    RULE: "a rule",
    NOTE: "a note to a text's owner",
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """``begun`` is None where it held at once; ``held``, the event that says that it holds, is None while it waits."""

    failure_id: str
    begun: FailureEvent | None
    held: FailureEvent | None

    @property
    def first(self) -> FailureEvent:
        event = self.begun or self.held
        assert event is not None
        return event

    @property
    def kind(self) -> str:
        return str(self.first.data.get("lesson") or "")

    @property
    def key(self) -> str:
        return self.first.key

    @property
    def waits(self) -> bool:
        return self.held is None

    def told(self, name: str) -> str:
        """What stands in its data by a name; "" where nothing does."""
        value = self.first.data.get(name)
        return "" if value is None else str(value)


def lessons_of(events: Iterable[tuple[str, FailureEvent]]) -> list[Lesson]:
    """The lessons that events of failures tell, the newest first; each failure's reference stands with its event."""
    told = list(events)
    held = {(failure, one.data["of_lesson"]): one for failure, one in told if "of_lesson" in one.data}
    found = [
        Lesson(failure, one, held.get((failure, one.key)))
        for failure, one in told
        if one.step == Step.TO_LEARN
    ]
    found += [
        Lesson(failure, None, one)
        for failure, one in told
        if one.step == Step.LEARNED and "of_lesson" not in one.data
    ]
    return sorted(found, key=lambda one: one.first.at, reverse=True)


def lessons_of_file(file: FailureFile) -> list[Lesson]:
    """The lessons of one failure, the newest first."""
    return lessons_of((file.id, one) for one in file.events)


def begun(kind: str, now: datetime, actor: str, note: str | None = None, **data: Any) -> FailureEvent:
    """A lesson that does not hold yet."""
    return _event(Step.TO_LEARN, now, actor, note, lesson=kind, **data)


def holds(kind: str, now: datetime, actor: str, note: str | None = None, **data: Any) -> FailureEvent:
    """A lesson that holds at once."""
    return _event(Step.LEARNED, now, actor, note, lesson=kind, **data)


def holds_now(lesson: Lesson, now: datetime, actor: str, note: str | None = None) -> FailureEvent:
    """What was begun holds now; told twice it is one event."""
    data = {**lesson.first.data, "of_lesson": lesson.key}
    return FailureEvent(f"learned {lesson.key}", Step.LEARNED, now, actor, data=data, note=note)


def _event(step: Step, now: datetime, actor: str, note: str | None, **data: Any) -> FailureEvent:
    told = {name: value for name, value in data.items() if value is not None}
    return FailureEvent(f"lesson {secrets.token_hex(8)}", step, now, actor, data=told, note=note)
