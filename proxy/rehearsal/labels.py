"""What people found of recorded answers, as JSON lines: ``{"conversation", "message", "start", "end", "label"}``.

``message`` is the number of the answer among the conversation's messages, from 0; ``start`` and ``end`` are characters
of its text. Further fields are not read.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from proxy.rehearsal.sources.source import json_lines, parsed
from proxy.rehearsal.suite.model import Label, Truth


class _Labelled(BaseModel):
    conversation: str
    message: int
    start: int
    end: int
    label: Truth


def read_labels(file: Path) -> dict[tuple[str, int], list[Label]]:
    """The labels by conversation and message. Raises SourceError."""
    found: dict[tuple[str, int], list[Label]] = {}
    for place, line in json_lines(file):
        one = parsed(_Labelled, line, place)
        label = Label(start=one.start, end=one.end, label=one.label)
        found.setdefault((one.conversation, one.message), []).append(label)
    return found
