"""The file that ``cxai check --claims`` reads: one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy.commands.options import CommandError


@dataclass(frozen=True, slots=True)
class Line:
    """One claim; ``id`` is whatever JSON value the file gave it."""

    id: Any
    claim: str
    question: str | None


def read_lines(path: Path) -> Sequence[Line]:
    """The claims of a file (``-`` is stdin). Blank lines are skipped; raises CommandError with the line."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return [
        _line(f"{path}:{number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]


def _line(place: str, text: str) -> Line:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{place}: not valid JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("claim"), str) or "id" not in data:
        raise CommandError(f'{place}: must be an object like {{"id": 1, "question": "...", "claim": "..."}}')
    question = data.get("question")
    if question is not None and not isinstance(question, str):
        raise CommandError(f'{place}: "question" must be a text')
    return Line(data["id"], data["claim"], question)
