"""``cxai`` run within the test's own process, as a person or a script meets it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog

from proxy.cli import main


class Ran(NamedTuple):
    status: int
    out: str
    err: str

    def json_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Cxai = Callable[..., Ran]


def command_line(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cxai:
    """Runs ``cxai`` in the folder, with no settings of the machine's own."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    for name in [name for name in os.environ if name.startswith("CXAI_") or name == "OPENAI_API_KEY"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "")  # commands may add to it for their process
    # What a proxy of this process logs, also as structlog has it by default, is no part of what the command prints.
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cxai", *arguments])
        capsys.readouterr()  # what a test's own parts have printed before
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture
def cxai(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logging_as_it_was: None,
) -> Cxai:
    """Runs ``cxai`` in a folder of its own."""
    return command_line(tmp_path, monkeypatch, capsys)
