"""A table in a file: CSV with a line of column names, or a JSON list of objects. Read again when it has changed.

What it says was true when the file was last written, where no column says since when.
"""

from __future__ import annotations

import codecs
import csv
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from proxy.context.sources.json_facts import JsonFacts
from proxy.context.sources.source import Asked, Found, SourceError, Surroundings
from proxy.context.sources.threads import Threads
from proxy.rules.context_options import FileOptions, Origin, SourceOptions
from proxy.rules.mistakes import suggestion

Stamp = tuple[int, int]  # when it was written, in nanoseconds, and its size
Table = dict[str, dict[str, Found]]

_DIFFER = "differs: the customer stands in several rows"


class FileSource:
    """Keeps the declared facts of all its customers in memory, and nothing else of the file."""

    def __init__(self, path: Path, options: FileOptions, origins: Mapping[str, Origin]) -> None:
        self._path = path
        self._options = options
        self._origins = origins
        self._threads = Threads(options.name)
        self._lock = threading.Lock()
        self._stamp: Stamp | None = None
        self._table: Table = {}
        self._nothing: Mapping[str, Found] = {}

    async def read(self, asked: Asked) -> Mapping[str, Found]:
        return await self._threads.run(lambda: self._of(asked.customer_id))

    async def close(self) -> None:
        self._threads.close()

    def _of(self, customer_id: str) -> Mapping[str, Found]:
        try:
            with self._lock:
                status = self._path.stat()
                if self._stamp != (stamp := (status.st_mtime_ns, status.st_size)):
                    written_at = datetime.fromtimestamp(status.st_mtime, UTC)
                    self._table = self._read(written_at)
                    # That somebody is not in the file is as old as the file.
                    self._nothing = {fact: Found(true_at=written_at) for fact in self._origins}
                    self._stamp = stamp
                return self._table.get(customer_id, self._nothing)
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror or type(error).__name__}") from None

    def _read(self, written_at: datetime) -> Table:
        rows = self._json_rows() if self._options.is_json else self._csv_rows()
        table: Table = {}
        for key, found in rows:
            dated = {fact: _dated(one, written_at) for fact, one in found.items()}
            table[key] = _together(table[key], dated) if key in table else dated
        return table

    def _csv_rows(self) -> Iterator[tuple[str, dict[str, Found]]]:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                places = {fact: (of.value or fact, of.true_at) for fact, of in self._origins.items()}
                _check_columns(reader.fieldnames or (), self._options.key, places)
                for row in reader:
                    yield (
                        (row[self._options.key] or "").strip(),
                        {
                            fact: Found(row[value], row[true_at] if true_at else None)
                            for fact, (value, true_at) in places.items()
                        },
                    )
        except (csv.Error, UnicodeDecodeError):
            raise SourceError("cannot be read: it is no CSV in UTF-8") from None

    def _json_rows(self) -> Iterator[tuple[str, dict[str, Found]]]:
        # Object by object: as one step, a large file would hold up every answer.
        facts = JsonFacts(self._origins)
        try:
            content = self._path.read_bytes().removeprefix(codecs.BOM_UTF8)
            for raw in msgspec.json.decode(content, type=list[msgspec.Raw]):
                one = msgspec.json.decode(raw)
                if isinstance(one, dict) and one.get(self._options.key) is not None:
                    yield str(one[self._options.key]).strip(), facts.of(one)
        except msgspec.ValidationError:
            raise SourceError("cannot be read: it is no list of objects") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise SourceError("cannot be read: it is no JSON") from None


def open_file(
    options: SourceOptions, origins: Mapping[str, Origin], surroundings: Surroundings
) -> FileSource:
    assert isinstance(options, FileOptions)
    return FileSource((surroundings.folder or Path()) / options.path, options, origins)


def _check_columns(columns: Any, key: str, places: Mapping[str, tuple[str, str | None]]) -> None:
    for column in (key, *(name for pair in places.values() for name in pair if name)):
        if column not in columns:
            raise SourceError(f'has no column "{column}"{suggestion(column, list(columns))}')


def _dated(found: Found, written_at: datetime) -> Found:
    return found if found.true_at not in (None, "") else Found(found.value, written_at, found.problem)


def _together(known: dict[str, Found], more: dict[str, Found]) -> dict[str, Found]:
    """What two rows say of one customer. Where they differ, neither is believed."""
    return {fact: one if one == more[fact] else Found(problem=_DIFFER) for fact, one in known.items()}
