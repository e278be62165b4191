"""A command that runs in a process of its own ends with whoever waits for it."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

import pytest

from proxy.niced import run_niced


def test_what_is_given_up_is_ended_and_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", left.append)

    async def given_up() -> None:
        asked = asyncio.create_task(run_niced(["answers"], f"sqlite:///{tmp_path / 'ledger.db'}"))
        await asyncio.sleep(0.2)  # it has begun, and takes longer than that to read its libraries
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    asyncio.run(given_up())
    gc.collect()
    assert left == []


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(run_niced(["answers"], f"sqlite:///{tmp_path / 'ledger.db'}", within_s=0.1))
