"""A judge model on a real socket. Tests that need the models extra are left out without it, never without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.provider import Provider
from support.serving import served
from support.tiny_models import MISSING, NOT_INSTALLED

_left_out: list[str] = []


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Provider, str]]:
    model = Provider()
    with served(model) as url:
        yield model, f"{url}/v1"


@pytest.fixture
def model(running: tuple[Provider, str]) -> Provider:
    """The judge model, that nobody has asked yet."""
    model, _ = running
    model.requests, model.headers, model.paths = [], [], []
    return model


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
