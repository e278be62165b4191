"""Markdown as far as segmenting needs it: what a line begins with, and how a piece of text reads without its marks.

Every function that looks ahead says "undecided" (None) until the text it needs is there, and never looks further than
``LOOKAHEAD`` characters. So what it answers does not depend on how the text arrived.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LOOKAHEAD = 200

# A line of nothing but these is a rule, a heading's underline or the line under a table's head: it says nothing.
MARKS = frozenset("-=*_:|+~#>` \t\r\\")

_LIST_MARK = re.compile(r"(?:[-*+]|[0-9]{1,3}[.)])(?=\s)|[•◦▪●‣]")
_HEADING_MARK = re.compile(r"#{1,6}(?=\s)")
_FENCE = re.compile(r"`{3,}|~{3,}")
_LONGEST_MARK = 8
_MARK_STARTS = frozenset("-*+#0123456789•◦▪●‣")

_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\((?:[^()\s]{0,500})(?:\s\"[^\"\n]{0,200}\")?\)")
_EMPHASIS = re.compile(r"\*{1,3}|~~|`+|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)")
_SPACE = re.compile(r"\s+")


class LineKind(StrEnum):
    MARKS = "marks"
    FENCE = "fence"
    HEADING = "heading"
    QUOTE = "quote"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class LineHead:
    """How a line begins: its kind, and where its content starts: after the mark, or after all of a line of marks."""

    kind: LineKind
    content: int


def line_head(text: str, start: int, ended: bool) -> LineHead | None:
    """Read the head of the line whose first character that is not white space stands at ``start``; None: undecided."""
    first = text[start]
    if first == ">":
        return LineHead(LineKind.QUOTE, start + 1)
    only_marks = first in MARKS and is_marks_line(text, start, ended)
    if only_marks is None:
        return None
    if fence := _FENCE.match(text, start, start + _LONGEST_MARK):
        return LineHead(LineKind.FENCE, fence.end())
    if only_marks:
        return LineHead(LineKind.MARKS, _marks_end(text, start))
    if first == "|":
        return LineHead(LineKind.TABLE_ROW, start)
    return _marked_head(text, start, ended) if first in _MARK_STARTS else LineHead(LineKind.TEXT, start)


def _marked_head(text: str, start: int, ended: bool) -> LineHead | None:
    if not _head_is_there(text, start, ended):
        return None
    for kind, pattern in ((LineKind.HEADING, _HEADING_MARK), (LineKind.LIST_ITEM, _LIST_MARK)):
        if mark := pattern.match(text, start, start + _LONGEST_MARK):
            return LineHead(kind, mark.end())
    return LineHead(LineKind.TEXT, start)


def _head_is_there(text: str, start: int, ended: bool) -> bool:
    head = text[start : start + _LONGEST_MARK]
    return ended or len(head) == _LONGEST_MARK or any(character.isspace() for character in head)


def is_marks_line(text: str, start: int, ended: bool) -> bool | None:
    """Whether the line from ``start`` on has nothing but marks; None: undecided."""
    window = text[start : start + LOOKAHEAD]
    for character in window:
        if character == "\n":
            return True
        if character not in MARKS:
            return False
    return True if ended or len(window) == LOOKAHEAD else None


def _marks_end(text: str, start: int) -> int:
    end = text.find("\n", start, start + LOOKAHEAD)
    return end if end >= 0 else min(len(text), start + LOOKAHEAD)


def is_only_marks(text: str) -> bool:
    return all(character in MARKS or character.isspace() for character in text)


def plain(text: str) -> str:
    """The text on one line without links, emphasis and code marks."""
    return _SPACE.sub(" ", _EMPHASIS.sub("", _LINK.sub(r"\1", text))).strip()


def cells(row: str) -> list[str]:
    """A table row's cells as plain text."""
    inner = row.strip().removeprefix("|").removesuffix("|")
    return [plain(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", inner)]
