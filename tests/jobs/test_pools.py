"""Parts come back in their order from any pool, and no worker outlives the command that it works for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from conftest import ROOT
from support.squares import Squares
from support.waiting import until

from proxy.jobs.pools import OneProcess, Pool, Processes


def told(folder: Path) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in folder.iterdir()]


@pytest.mark.parametrize("pool", [OneProcess, partial(Processes, workers=2)])
def test_parts_come_back_in_their_order_and_workers_are_closed(
    pool: type[OneProcess[int, int]], tmp_path: Path
) -> None:
    opened: Pool[int, int] = pool(partial(Squares, tmp_path))
    assert [(part, came) for part, (came, _) in opened.results(range(9))] == [
        (at, at * at) for at in range(9)
    ]
    assert set(told(tmp_path)) == {"closed"}


ENDLESS = """
import itertools, sys
from functools import partial
from pathlib import Path
from support.squares import Squares
from proxy.jobs.pools import Processes

if __name__ == "__main__":
    for _ in Processes(partial(Squares, Path(sys.argv[1])), 2).results(itertools.count()):
        pass
"""


def test_workers_of_a_killed_command_close_and_end(tmp_path: Path) -> None:
    """They are processes of their own, which takes its seconds to start."""
    (tmp_path / "endless.py").write_text(ENDLESS, encoding="utf-8")
    notes = tmp_path / "notes"
    notes.mkdir()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    child = subprocess.Popen([sys.executable, tmp_path / "endless.py", notes], env=environment)
    until(lambda: len(told(notes)) == 2, 60)
    child.send_signal(signal.SIGKILL)
    child.wait()
    until(lambda: told(notes) == ["closed", "closed"], 60)
    until(lambda: not any(Path("/proc", file.name).exists() for file in notes.iterdir()), 60)
