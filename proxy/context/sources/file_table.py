"""What a table in a file says of its customers: CSV with a line of column names, or a JSON list of objects.

A file may have hundreds of thousands of customers, so each is one flat tuple of plain values, which the garbage
collector does not look into: with objects it would hold up every answer for a third of a second.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from proxy.context.sources.json_facts import JsonFacts
from proxy.context.sources.source import Found, SourceError
from proxy.rules.context_options import FileOptions, Origin
from proxy.rules.mistakes import suggestion

# Of each declared fact, in their order: its value, since when, and its problem.
Row = tuple[Any, ...]

_DIFFER = "differs: the customer stands in several rows"
_OF_A_FACT = 3


@dataclass(frozen=True, slots=True)
class FileTable:
    """The declared facts of all customers of a file as it was ``written_at``, and nothing else of it."""

    facts: tuple[str, ...]
    written_at: datetime
    rows: dict[str, Row]

    def of(self, customer_id: str) -> dict[str, Found]:
        """That somebody is not in the file is as old as the file."""
        row = self.rows.get(customer_id)
        if row is None:
            return {fact: Found(true_at=self.written_at) for fact in self.facts}
        return {
            fact: Found(*row[at : at + _OF_A_FACT])
            for fact, at in zip(self.facts, range(0, len(row), _OF_A_FACT), strict=True)
        }

    def let_go(self) -> None:
        """Forget it customer by customer: at once it would hold up every answer."""
        while self.rows:
            self.rows.popitem()


def read_table(
    path: Path, options: FileOptions, origins: Mapping[str, Origin], written_at: datetime
) -> FileTable:
    """Raises OSError, and SourceError where the file is not as it is declared."""
    found = _json_rows if options.is_json else _csv_rows
    rows: dict[str, Row] = {}
    for key, said in found(path, options.key, origins):
        row = tuple(_dated(said, written_at))
        rows[key] = _together(rows[key], row) if key in rows else row
    return FileTable(tuple(origins), written_at, rows)


def _csv_rows(path: Path, key: str, origins: Mapping[str, Origin]) -> Iterator[tuple[str, Row]]:
    try:
        # At once: a thread that lets go of the interpreter for each few lines, and has it back before another thread is
        # awake, keeps it from all others for a third of a second.
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""))
        columns = next(reader, [])
        places = [(of.value or fact, of.true_at) for fact, of in origins.items()]
        _check_columns(columns, key, places)
        at = {name: number for number, name in enumerate(columns)}
        for row in reader:
            if row:
                yield _cell(row, at[key]).strip(), tuple(_cells(row, at, places))
    except (csv.Error, UnicodeDecodeError):
        raise SourceError("cannot be read: it is no CSV in UTF-8") from None


def _cells(row: list[str], at: Mapping[str, int], places: list[tuple[str, str | None]]) -> Iterator[Any]:
    for value, true_at in places:
        yield from (_cell(row, at[value]), _cell(row, at[true_at]) if true_at else None, None)


def _cell(row: list[str], number: int) -> str:
    """A line may be shorter than the first one."""
    return row[number] if number < len(row) else ""


def _json_rows(path: Path, key: str, origins: Mapping[str, Origin]) -> Iterator[tuple[str, Row]]:
    # Object by object: as one step, a large file would hold up every answer.
    facts = JsonFacts(origins)
    try:
        content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
        for raw in msgspec.json.decode(content, type=list[msgspec.Raw]):
            one = msgspec.json.decode(raw)
            if isinstance(one, dict) and one.get(key) is not None:
                yield str(one[key]).strip(), tuple(_flat(facts.of(one)))
    except msgspec.ValidationError:
        raise SourceError("cannot be read: it is no list of objects") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SourceError("cannot be read: it is no JSON") from None


def _flat(found: Mapping[str, Found]) -> Iterator[Any]:
    for one in found.values():
        yield from (one.value, one.true_at, one.problem)


def _check_columns(columns: list[str], key: str, places: list[tuple[str, str | None]]) -> None:
    for column in (key, *(name for pair in places for name in pair if name)):
        if column not in columns:
            raise SourceError(f'has no column "{column}"{suggestion(column, columns)}')


def _dated(row: Row, written_at: datetime) -> Iterator[Any]:
    """What it says was true when the file was written, where it does not say since when."""
    for at in range(0, len(row), _OF_A_FACT):
        value, true_at, problem = row[at : at + _OF_A_FACT]
        yield from (value, written_at if true_at in (None, "") else true_at, problem)


def _together(known: Row, more: Row) -> Row:
    """What two rows say of one customer. Where they differ, neither is believed."""
    told: list[Any] = []
    for at in range(0, len(known), _OF_A_FACT):
        one, other = known[at : at + _OF_A_FACT], more[at : at + _OF_A_FACT]
        told += one if one == other else (None, None, _DIFFER)
    return tuple(told)
