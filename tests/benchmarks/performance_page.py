"""docs/performance.md: its tables are written by the benchmarks, between markers; the text around them by people."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quality.tables import Table

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def write(part: str, tables: Sequence[Table], page: Path = PAGE) -> None:
    """Put the tables between ``<!-- PART -->`` and ``<!-- /PART -->``. Raises ValueError where these are missing."""
    text = page.read_text(encoding="utf-8")
    before, begins, rest = text.partition(f"<!-- {part} -->\n")
    _, ends, after = rest.partition(f"<!-- /{part} -->\n")
    if not begins or not ends:
        raise ValueError(f"{page} has no place for {part}")
    shown = "\n".join(table.markdown() for table in tables)
    page.write_text(f"{before}{begins}{measured_on()}\n\n{shown}{ends}{after}", encoding="utf-8")


def measured_on() -> str:
    """The day, the processors and the versions that figures depend on."""
    count, python = len(os.sched_getaffinity(0)), platform.python_version()
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}: {count} processors ({processor()}), Python {python}."


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())
