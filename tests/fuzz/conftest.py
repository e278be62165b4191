"""One place for all that is fuzzed in a module, and a word at the end about how much that was."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from fuzz.amount import EXAMPLES, TALLY
from fuzz.place import Place, opened


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with opened(tmp_path_factory.mktemp("fuzz")) as place:
        yield place


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if EXAMPLES in os.environ:
        terminalreporter.section("fuzzed")
        for what, count in TALLY.most_common():
            terminalreporter.line(f"{count:>8,}  {what}")
