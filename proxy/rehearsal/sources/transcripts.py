"""Transcripts as CSV, a message a row: ``conversation``, ``role``, ``text``; maybe ``at``, ``customer``, ``channel``.

Roles are OpenAI's, or ``customer``, ``agent`` and ``bot``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from proxy.rehearsal.sources.source import Exchange, Given, SourceError, moment_of, opened
from proxy.rehearsal.suite.model import Answer, JsonObject

REQUIRED = "conversation", "role", "text"
ROLES = {"customer": "user", "user": "user"} | dict.fromkeys(("agent", "bot", "assistant"), "assistant")


def transcripts(given: Given) -> Iterator[Exchange]:
    new: dict[
        str, list[JsonObject]
    ] = {}  # what each conversation's customer has written since the last answer
    for file in given.files:
        for place, row in _rows(file):
            role = ROLES.get(row["role"].strip().lower())
            if role is None:
                given.left_out[f'a row of the role "{row["role"]}"'] += 1
            elif row["text"].strip():
                waiting = new.setdefault(row["conversation"], [])
                if role == "user":
                    waiting.append({"role": "user", "content": row["text"]})
                else:
                    yield _exchange(row, waiting, place)
                    waiting.clear()
    given.left_out["a message that nobody answered"] += sum(map(len, new.values()))


def _exchange(row: dict[str, str], messages: list[JsonObject], place: str) -> Exchange:
    return Exchange(
        row["conversation"],
        tuple(messages),
        Answer(content=row["text"]),
        at=moment_of(row.get("at"), place),
        customer=row.get("customer") or None,
        channel=row.get("channel") or None,
        only_new=True,
    )


def _rows(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with opened(file) as text:
        try:
            reading = csv.DictReader(text, restval="")
            if missing := [name for name in REQUIRED if name not in (reading.fieldnames or ())]:
                raise SourceError(
                    f"{file}:1: no column {', '.join(missing)}; the first row names the columns"
                )
            for row in reading:
                yield f"{file}:{reading.line_num}", {name: row[name] or "" for name in row if name}
        except (UnicodeDecodeError, csv.Error) as error:
            raise SourceError(f"{file}: cannot be read: {error}") from None
