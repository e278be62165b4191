"""A table of figures: readable on a terminal, Markdown as it stands, and JSON with the numbers unrounded."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` hold texts, counts, ``Figure`` and ``Share``; the first column is text and aligned left."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""

    def markdown(self) -> str:
        texts = [[str(cell).replace("|", "\\|") for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(len(row[at]) for row in texts) for at in range(len(self.columns))]
        head, *body = [_line(row, widths) for row in texts]
        rule = _line(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])], widths)
        return "\n".join(
            [f"### {self.title}", "", *([self.note, ""] if self.note else []), head, rule, *body, ""]
        )

    def json(self) -> dict[str, Any]:
        rows = [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self.rows]
        return {"title": self.title, "note": self.note, "rows": rows}


def write_tables(out: Path, tables: Sequence[Table]) -> None:
    """``out`` with the suffixes ``.md`` and ``.json``."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_suffix(".md").write_text("\n".join(table.markdown() for table in tables), encoding="utf-8")
    figures = json.dumps([table.json() for table in tables], indent=1, ensure_ascii=False, allow_nan=False)
    out.with_suffix(".json").write_text(figures + "\n", encoding="utf-8")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = [
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join([first, *others]) + " |"


def _plain(cell: Any) -> Any:
    """JSON has no NaN: what was not measured is null."""
    if is_dataclass(cell) and not isinstance(cell, type):
        return {name: _plain(value) for name, value in asdict(cell).items()}
    return None if isinstance(cell, float) and math.isnan(cell) else cell
