"""What commands print: a table for people, JSON lines for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

# Where no terminal says how wide it is, lines are long enough for a log or a file.
WIDTH_WITHOUT_TERMINAL = 160


def print_json_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        print(json.dumps(row, ensure_ascii=False, default=_plain))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str, title: str = ""
) -> None:
    """Rows under their heads; ``empty`` says in words that there are none. Long cells wrap."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    has_width = sys.stdout.isatty() or os.environ.get("COLUMNS")
    console = Console(width=None if has_width else WIDTH_WITHOUT_TERMINAL)
    if not rows:
        console.print(empty, markup=False)
        return
    table = Table(title=title or None, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, because customers' words may look like rich's markup, and may hold control characters.
        table.add_row(*(Text(_printable(_cell(value))) for value in row))
    console.print(table)


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
