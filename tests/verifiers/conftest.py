"""Tests that need the models extra are left out where it is missing, but never without a word."""

from __future__ import annotations

from typing import Any

from support.tiny_models import MISSING, NOT_INSTALLED

_left_out: list[str] = []


def pytest_runtest_logreport(report: Any) -> None:
    if report.skipped and NOT_INSTALLED in str(report.longrepr):
        _left_out.append(report.nodeid)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """At the end of the run, however quiet it is."""
    if _left_out:
        terminalreporter.write_line(
            f"{len(_left_out)} tests of Hugging Face models were NOT run: {', '.join(MISSING)} missing; "
            'install them with .venv/bin/pip install --editable ".[models]"'
        )
