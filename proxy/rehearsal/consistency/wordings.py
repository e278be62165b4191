"""Other wordings of a question that ask the same: by rules that touch no word with a meaning, or by a person in a file.

    "How long do refunds take?" -> "how long do refunds take", "Hello, ... Thank you.", ...

The rules add words around the question, or write the same words shorter, as people do. A wording that says it in words
of its own is a person's to give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, Field

from proxy.rehearsal.sources.source import json_lines, parsed

AS_ASKED = "as asked"
_SHORT = {
    "you": "u",
    "your": "ur",
    "are": "r",
    "please": "pls",
    "because": "bc",
    "thanks": "thx",
    "what is": "whats",
    "i am": "im",
    "do not": "dont",
    "does not": "doesnt",
    "cannot": "cant",
}
_SHORTENED = re.compile(rf"\b(?:{'|'.join(sorted(_SHORT, key=len, reverse=True))})\b")
# Ids, numbers, addresses, abbreviations, and the month that is a word besides: their letters count.
_NAME = re.compile(r"\S*[\d@_]\S*|\b[A-Z]{2,}\b|\bMay\b(?=\s\d)|(?<=\d\s)May\b")
_ENDS = re.compile(r"[?!.]+(?=\s|\Z)")


def _hasty(text: str) -> str:
    """Without capitals and marks at the end of sentences, in the short forms of chats."""
    pieces, at = [], 0
    for name in _NAME.finditer(text):
        pieces += [_in_haste(text[at : name.start()]), name[0]]
        at = name.end()
    return "".join([*pieces, _in_haste(text[at:])])


def _in_haste(text: str) -> str:
    return _SHORTENED.sub(lambda found: _SHORT[found[0]], _ENDS.sub("", text.lower()))


RULES: dict[str, Callable[[str], str]] = {
    AS_ASKED: lambda text: text,
    "polite": lambda text: f"Hello, I hope you are well. {text} Thank you very much.",
    "hasty": _hasty,
    "indirect": lambda text: f"I was wondering if you could help me with this: {text}",
    "in pieces": lambda text: f"Hi\n\nI have a question.\n\n{text}\n\nWaiting for your answer",
}
"""Wordings by name; the first is the question itself."""

Given = Mapping[str, tuple[str, ...]]


class _Line(BaseModel):
    question: str = Field(min_length=1)
    wordings: list[str] = Field(min_length=1)


def read_wordings(file: Path) -> Given:
    """Wordings that a person gave, by the question: JSON lines of ``question`` and ``wordings``. Raises SourceError."""
    lines = [parsed(_Line, line, place) for place, line in json_lines(file)]
    return {_plain(one.question): tuple(one.wordings) for one in lines}


def wordings_of(question: str, given: Given) -> dict[str, str]:
    """Wordings of a question by name, itself first: a person's where there are any, else those of the rules."""
    told = given.get(_plain(question))
    if told is None:
        return {name: rule(question) for name, rule in RULES.items()}
    return {AS_ASKED: question} | {f"given {number}": one for number, one in enumerate(told, start=1)}


def _plain(question: str) -> str:
    return " ".join(question.split())
