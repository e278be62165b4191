"""A worker for tests of pools, which is quick to load in another process."""

from __future__ import annotations

import os
from pathlib import Path


class Squares:
    """A worker that notes who it is, and when it is closed, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / str(os.getpid())
        self._file.write_text("open", encoding="utf-8")

    def work(self, number: int, /) -> int:
        return number * number

    def close(self) -> None:
        self._file.write_text("closed", encoding="utf-8")
