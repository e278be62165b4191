"""The results of a rehearsal as a file of JSON lines, which says how far it is: the head, then a line for each turn.

The turns of a conversation are written at once, conversations in their order. What a killed process left half written
is cut off when the rehearsal goes on, and that conversation is played again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from proxy.rehearsal.replay.outcome import Outcome

Head = Mapping[str, Any]
_OUTCOME = TypeAdapter(Outcome)
MEASURED = "latency_ms", "first_ms"  # which are others each time


class OtherRehearsal(Exception):
    """The file has the results of another rehearsal; the text says what differs."""


class Results:
    """Results in a file, which is made with ``head`` where it is not there. ``done`` conversations are in it.

    ``turns`` are those of each conversation of the rehearsal, in order. Raises OtherRehearsal, OSError.
    """

    def __init__(self, file: Path, head: Head, turns: Sequence[int]) -> None:
        self.file = file
        self.done = 0
        if not file.exists():
            file.write_text(json.dumps(head) + "\n", encoding="utf-8")
        else:
            self._go_on(head, turns)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """A conversation's; they are on the disk when this returns."""
        told = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in outcomes)
        with self.file.open("ab") as written:
            written.write(told.encode())
            written.flush()
            os.fsync(written.fileno())
        self.done += 1

    def _go_on(self, head: Head, turns: Sequence[int]) -> None:
        """Count the conversations that are whole, and cut off what comes behind them."""
        with self.file.open("rb+") as kept:
            self._check(kept.readline(), head)
            whole = kept.tell()
            for number in turns:
                lines = [kept.readline() for _ in range(number)]
                if not all(line.endswith(b"\n") for line in lines):
                    break
                whole = kept.tell()
                self.done += 1
            kept.truncate(whole)

    def _check(self, line: bytes, head: Head) -> None:
        begun = _head(line, self.file)
        if begun != head:
            differing = [name for name in head if begun.get(name) != head[name]]
            raise OtherRehearsal(
                f"{self.file} has another rehearsal's results ({', '.join(differing)}); name another file with --to"
            )


def head_of(file: Path) -> Head:
    """What the results in this file are of. Raises OtherRehearsal, OSError."""
    with file.open("rb") as lines:
        return _head(lines.readline(), file)


def outcomes_in(file: Path) -> Iterator[Outcome]:
    """The outcomes in a file of results, one at a time."""
    with file.open(encoding="utf-8") as lines:
        next(lines)
        yield from map(_OUTCOME.validate_json, lines)


def digest(file: Path) -> str:
    """Names what came of a rehearsal, whatever time it took: the same of two runs that came to the same."""
    hashed = hashlib.sha256()
    for one in outcomes_in(file):
        told = {name: value for name, value in asdict(one).items() if name not in MEASURED}
        hashed.update(json.dumps(told, sort_keys=True).encode())
    return hashed.hexdigest()[:16]


def _head(line: bytes, file: Path) -> Head:
    try:
        head = json.loads(line)
    except ValueError:
        head = None
    if not isinstance(head, dict):
        raise OtherRehearsal(f"{file} is no file of results")
    return head
