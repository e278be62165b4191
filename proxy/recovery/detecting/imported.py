"""Failures from a table of another system's: a CSV file, and a mapping that says which of its columns is what.

    columns:
      key: ticket
      kind: {column: category, values: {wrong info: wrong_claim, late: late_handover}}
      occurred_at: opened
      corrected_at: solved
    time_format: "%d/%m/%Y %H:%M"
    time_zone: Europe/London
    defaults: {severity: low}

A table is taken whole or not at all: each line that cannot be is named, with what is wrong in it.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from proxy.ledger.failures.records import (
    AI,
    CONFIRMED,
    HUMAN,
    NO_REPEAT_CONTACT,
    Cause,
    Failure,
    FailureEvent,
    Kind,
    Severity,
    Source,
    Step,
)
from proxy.recovery.detecting.look import Found, found, is_of_answer, key_of
from proxy.rules.mistakes import suggestion
from proxy.rules.yaml_lines import YamlError, read_yaml

NAMES = ("customer_id", "conversation_id", "response_id", "case_ref", "channel", "topic", "text", "incident")
STEPS = {f"{step}_at": step for step in (Step.DETECTED, Step.CONTAINED, Step.CORRECTED, Step.RESTORED)}
WORDS: dict[str, Sequence[str]] = {
    "kind": tuple(Kind),
    "severity": tuple(Severity),
    "cause": tuple(Cause),
    "author": (AI, HUMAN),
    "detected_by": tuple(Source),
    "restored_how": (CONFIRMED, NO_REPEAT_CONTACT),
}
NEEDED = ("key", "kind", "occurred_at")
FIELDS = (*NEEDED, *WORDS, *STEPS, *NAMES, "amount", "currency", "note")
MOST_AHEAD = timedelta(minutes=5)  # clocks differ
MOST_PROBLEMS = 20  # that are told at once
# Commas between thousands and a point: of a decimal comma nobody can tell which it is.
_AMOUNT = re.compile(r"([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")


class ImportRefused(Exception):
    """The mapping or the table cannot be used; the text has a line for each problem, with its place."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f'there is no time zone "{name}"; write one like Europe/London') from None
    return name


def _fields(named: dict[str, Any]) -> dict[str, Any]:
    for name in named:
        if name not in FIELDS:
            raise ValueError(f'failures have no "{name}"{suggestion(name, FIELDS)}')
    return named


class OneColumn(BaseModel):
    """A column, and for which words of ours its values stand."""

    model_config = ConfigDict(extra="forbid", strict=True)
    column: str
    values: dict[str, str] = {}


class TableMap(BaseModel):
    """What the mapping says; ``proposed``: somebody looks at each failure before it counts."""

    model_config = ConfigDict(extra="forbid", strict=True)
    columns: Annotated[dict[str, OneColumn | str], AfterValidator(_fields), Field(min_length=1)]
    defaults: Annotated[dict[str, str], AfterValidator(_fields)] = {}
    time_format: str | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    proposed: bool = False

    def column(self, field: str) -> OneColumn | None:
        named = self.columns.get(field)
        return OneColumn(column=named) if isinstance(named, str) else named


def read_map(text: str, where: str) -> TableMap:
    """The mapping. Raises ImportRefused."""
    try:
        read = read_yaml(text)
        told = TableMap.model_validate(read.data)
    except YamlError as error:
        raise ImportRefused(f"{where}:{error.line}: {error.message}") from None
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        lines = (f"{where}:{read.line_of(one['loc'])}: {_in_words(one)}" for one in problems)
        raise ImportRefused("\n".join(dict.fromkeys(lines))) from None
    missing = [name for name in NEEDED if name not in told.columns and name not in told.defaults]
    if missing:
        raise ImportRefused(f"{where}:1: `columns` must say which column is {' and which is '.join(missing)}")
    return told


def _in_words(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden" and len(problem["loc"]) == 1:
        name = str(problem["loc"][0])
        return f'there is no "{name}"{suggestion(name, list(TableMap.model_fields))}'
    place = ".".join(str(part) for part in problem["loc"] if part not in ("OneColumn", "str"))
    return f"{place}: {problem['msg']}" if place else problem["msg"]


def read_table(text: str, where: str, told: TableMap, tenant: str, actor: str, now: datetime) -> list[Found]:
    """The failures of a table. Raises ImportRefused, and then nothing of it is to be taken."""
    rows = csv.DictReader(io.StringIO(text), strict=True)
    try:
        heads = rows.fieldnames or []
        _expect_columns(told, heads, where)
        lines = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise ImportRefused(f"{where}:{rows.line_num}: it is no CSV: {error}") from None
    problems: list[str] = []
    seen: dict[str, int] = {}
    failures = []
    for number, row in lines:
        one = _Row(row, told, now)
        made = one.found(tenant, actor)
        key = one.text("key") or ""
        if key in seen:
            one.problems.append(f'key: "{key}" stands in line {seen[key]} too; give each failure its own')
        seen.setdefault(key, number)
        problems += [f"{where}:{number}: {problem}" for problem in one.problems]
        if made is not None:
            failures.append(made)
    if problems:
        more = len(problems) - MOST_PROBLEMS
        told_of = problems[:MOST_PROBLEMS] + ([f"... and {more} more"] if more > 0 else [])
        raise ImportRefused("\n".join([*told_of, "nothing was imported"]))
    return failures


def _expect_columns(told: TableMap, heads: Sequence[str], where: str) -> None:
    wanted = [one.column for field in told.columns if (one := told.column(field)) is not None]
    missing = [name for name in wanted if name not in heads]
    if missing:
        lines = [f'{where}:1: there is no column "{name}"{suggestion(name, list(heads))}' for name in missing]
        raise ImportRefused("\n".join(lines))


class _Row:
    """A line of the table, and what is wrong with it."""

    def __init__(self, row: dict[str, Any], told: TableMap, now: datetime) -> None:
        self._row = row
        self._told = told
        self._now = now
        self.problems: list[str] = []
        if None in row or None in row.values():
            self.problems.append("it has another number of cells than the first line")

    def found(self, tenant: str, actor: str) -> Found | None:
        """None where something is wrong."""
        key, occurred_at = self.text("key"), self.moment("occurred_at")
        words = {name: self.word(name) for name in WORDS}
        for name in ("key", "kind", "occurred_at"):
            if self.text(name) is None:
                self.problems.append(f"{name}: it is empty")
        kind, times = words["kind"], self._times(occurred_at)
        names = {name: self.text(name) for name in NAMES}
        told_as, own_key = "import", f"import:{key}"
        # An answer's failure is the same whoever tells of it, and several lines may.
        if kind is not None and names["response_id"] is not None and is_of_answer(kind):
            told_as, own_key = own_key, key_of(kind, names["response_id"])
        events = list(self._events(words, actor, {Step.DETECTED: occurred_at} | times, told_as))
        if self.problems or key is None or occurred_at is None or kind is None:
            return None
        author = words["author"] or (HUMAN if kind == Kind.WRONG_HUMAN_ANSWER else AI)
        named: dict[str, Any] = {**names, "author": author, "tenant": tenant}
        made = found(Failure(own_key, kind, occurred_at, **named), *events)
        detections = (one.key for one in events if one.step == Step.DETECTED)
        return made if Step.DETECTED in times else replace(made, supposed=frozenset(detections))

    def _times(self, occurred_at: datetime | None) -> dict[Step, datetime]:
        """When each step happened of which that is told."""
        told = {step: self.moment(name) for name, step in STEPS.items()}
        times = {step: at for step, at in told.items() if at is not None}
        for step, at in times.items():
            if occurred_at is not None and at < occurred_at:
                self.problems.append(f"{step}_at: it is before occurred_at")
        corrected_at, restored_at = times.get(Step.CORRECTED), times.get(Step.RESTORED)
        if restored_at is not None and corrected_at is None:
            self.problems.append("restored_at: it was not put right before; map corrected_at too")
        elif restored_at is not None and corrected_at is not None and restored_at < corrected_at:
            self.problems.append("restored_at: it is before corrected_at")
        return times

    def _events(
        self, words: dict[str, str | None], actor: str, times: Mapping[Step, datetime | None], told_as: str
    ) -> Iterator[FailureEvent]:
        """``told_as`` is what their keys begin with."""
        known = {
            "severity": words["severity"],
            "cause": words["cause"],
            "amount": self.amount(),
            "currency": self.text("currency"),
        }
        data = {name: value for name, value in known.items() if value is not None}
        for step, at in times.items():
            if at is None:
                continue
            if step is Step.DETECTED:
                first = Step.PROPOSED if self._told.proposed else Step.DETECTED
                source = words["detected_by"] or Source.IMPORT
                yield FailureEvent(f"{told_as}:{first}", first, at, actor, source, data, self.text("note"))
            elif self._told.proposed:
                continue  # where it goes on from is for who accepts it
            elif step is Step.RESTORED:
                if words["restored_how"] is None:
                    self.problems.append(
                        f"restored_how: say how: {CONFIRMED} (the customer said so) or {NO_REPEAT_CONTACT}"
                    )
                yield FailureEvent(f"{told_as}:{step}", step, at, actor, data={"how": words["restored_how"]})
            else:
                yield FailureEvent(f"{told_as}:{step}", step, at, actor)

    def text(self, field: str) -> str | None:
        """What stands in the field's column, in our words; else the default."""
        column = self._told.column(field)
        cell = (self._row.get(column.column) or "").strip() if column is not None else ""
        if column is not None and cell and column.values:
            if cell in column.values:
                return column.values[cell]
            wrong = f'{field}: "{cell}" is not among the values of the mapping{suggestion(cell, list(column.values))}'
            if wrong not in self.problems:
                self.problems.append(wrong)
        return cell or self._told.defaults.get(field)

    def word(self, field: str) -> str | None:
        word = self.text(field)
        if word is None or word in WORDS[field] or any(one.startswith(f"{field}: ") for one in self.problems):
            return word
        self.problems.append(f'{field}: there is no "{word}"{suggestion(word, list(WORDS[field]))}')
        return None

    def moment(self, field: str) -> datetime | None:
        text = self.text(field)
        if text is None:
            return None
        try:
            form = self._told.time_format
            at = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
            at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self._told.time_zone))
            at = at.astimezone(UTC)
        except (ValueError, OverflowError):
            wanted = f'as "{self._told.time_format}"' if self._told.time_format else "like 2026-03-01T12:00"
            self.problems.append(f'{field}: "{text}" is no time; it should be written {wanted}')
            return None
        if at > self._now + MOST_AHEAD:
            self.problems.append(f'{field}: "{text}" lies in the future')
        return at

    def amount(self) -> float | None:
        text = self.text("amount")
        if text is None:
            return None
        amount = float(text.replace(",", "")) if _AMOUNT.fullmatch(text) else math.inf
        if math.isinf(amount):
            self.problems.append(f'amount: "{text}" is no amount; write 1234.50 and its currency apart')
            return None
        return amount
