"""What the proxy's logging writes, as values."""

from __future__ import annotations

import json
from typing import Any

import pytest


class LogLines:
    """What ``configure_logging`` has written to stderr since it was called, read as JSON lines."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text

    def __call__(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]
