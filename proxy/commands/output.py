"""What commands print: a table for people, JSON lines for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


# Where no terminal says how wide it is, lines are long enough for a log or a file.
WIDTH_WITHOUT_TERMINAL = 160
# What a column of a table needs, in characters: room for words up to the first, and for sentences the second.
LONGEST_WORD = 30
READABLE = 16


def print_json_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        print(json.dumps(row, ensure_ascii=False, default=_plain))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str, title: str = ""
) -> None:
    """Rows under their heads; ``empty`` says in words that there are none. Long cells wrap.

    Where the screen is too narrow for that, each row is a block with a line for each cell that says something.
    """
    from rich.console import Console

    has_width = sys.stdout.isatty() or os.environ.get("COLUMNS")
    console = Console(width=None if has_width else WIDTH_WITHOUT_TERMINAL)
    if not rows:
        console.print(empty, markup=False)
        return
    cells = [[_printable(_cell(value)) for value in row] for row in rows]
    draw = _table if _needed_width(columns, cells) <= console.width else _blocks
    if title:
        console.print(title, style="italic", markup=False, highlight=False)
    console.print(draw(columns, cells))


def counted(number: int, what: str) -> str:
    """``1 change``, ``2 changes``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _needed_width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """What a table needs so that words stay whole and sentences are not a word a line."""
    by_column = zip(*([columns, *cells]), strict=True)
    return sum(max(map(_needed_by, column)) + 3 for column in by_column) + 1


def _needed_by(text: str) -> int:
    longest_word = max(map(len, text.split()), default=0)
    return max(min(longest_word, LONGEST_WORD), min(len(text), READABLE))


def _table(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(header_style="bold", expand=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        # Text, because customers' words may look like rich's markup.
        table.add_row(*map(Text, row))
    return table


def _blocks(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    blocks: list[RenderableType] = []
    for row in cells:
        block = Table.grid(padding=(0, 2))
        block.add_column(style="bold", no_wrap=True, min_width=max(map(len, columns)))
        block.add_column(overflow="fold")
        for column, text in zip(columns, row, strict=True):
            if text:
                block.add_row(column, Text(text))
        blocks += [Text(""), block] if blocks else [block]
    return Group(*blocks)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() or character == "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
