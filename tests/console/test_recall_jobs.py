"""A recall that was begun from a page stands in nobody's way for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from proxy.console.problem import Problem
from proxy.console.recall.jobs import Jobs
from proxy.wire.services import Services


async def test_what_does_not_end_is_ended_and_another_can_begin(tmp_path: Path) -> None:
    services = cast(Services, SimpleNamespace(tenant="default"))
    jobs = Jobs(f"sqlite:///{tmp_path / 'l.db'}", longest_h={"find": 0.1 / 3600})
    jobs.begin(services, "recalling", "find", "--", "90 days")
    with pytest.raises(Problem, match="One thing at a time"):
        jobs.begin(services, "recalling", "find", "--", "60 days")
    async with asyncio.timeout(30):
        while jobs.running:
            await asyncio.sleep(0.02)
    assert jobs.problems == {"default": "recalling: it was not done after 2.8e-05 hours, and was ended"}
