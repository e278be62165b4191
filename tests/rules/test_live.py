"""Policies that change while the proxy runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from proxy.rules.live import LivePolicies
from proxy.rules.reading import PoliciesError


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LivePolicies]:
    (tmp_path / "routes.yaml").write_text("defaults: {mode: observe}")
    policies = LivePolicies(tmp_path)
    watching = asyncio.create_task(policies.run())
    await asyncio.sleep(0.2)
    yield policies
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def seconds_until(condition: Callable[[], bool], limit_s: float = 10) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < limit_s, "it did not come true in time"
        await asyncio.sleep(0.02)
    return time.monotonic() - started


def mode(policies: LivePolicies) -> str:
    return policies.current.route_for(model="m").mode


async def test_a_changed_file_is_live_within_two_seconds(live: LivePolicies):
    assert mode(live) == "observe"
    live.folder.joinpath("routes.yaml").write_text("defaults: {mode: enforce}")
    assert await seconds_until(lambda: mode(live) == "enforce") < 2


async def test_a_broken_file_keeps_the_last_good_policies_and_says_why(live: LivePolicies):
    live.folder.joinpath("routes.yaml").write_text("defaults: {mode: enforce, contcat: us}")
    await seconds_until(lambda: bool(live.problems))
    assert mode(live) == "observe"
    assert 'defaults: unknown key "contcat"; did you mean "contact"?' in str(live.problems[0])

    live.folder.joinpath("routes.yaml").write_text("defaults: {mode: enforce, contact: Call us.}")
    await seconds_until(lambda: not live.problems)
    assert mode(live) == "enforce"


async def test_the_declared_context_changes_in_one_step_with_the_rest(live: LivePolicies):
    declared = (
        "sources: [{name: app, kind: headers}]\nfacts: [{name: vip, type: bool, max_age: 1d, from: {app: }}]"
    )
    before = live.current
    live.folder.joinpath("context.yaml").write_text(declared)
    assert await seconds_until(lambda: "vip" in live.current.context.types) < 2
    assert "vip" not in before.context.types and live.current.version != before.version

    live.folder.joinpath("context.yaml").write_text(declared.replace("bool", "boolean"))
    await seconds_until(lambda: bool(live.problems))
    assert str(live.problems[0]).startswith(f'{live.folder.name}/context.yaml:2: fact "vip":')
    assert "vip" in live.current.context.types


async def test_a_folder_that_is_moved_away_and_comes_back_is_found_again(live: LivePolicies, tmp_path: Path):
    away = tmp_path.with_name("away")
    tmp_path.rename(away)
    await seconds_until(lambda: bool(live.problems))
    assert mode(live) == "observe"
    (away / "routes.yaml").write_text("defaults: {mode: enforce}")
    away.rename(tmp_path)
    await seconds_until(lambda: mode(live) == "enforce")
    assert not live.problems


def test_policies_that_are_broken_at_the_start_do_not_start(tmp_path: Path):
    (tmp_path / "routes.yaml").write_text("routes: [{}]")
    with pytest.raises(PoliciesError, match='key "name" is missing'):
        LivePolicies(tmp_path)


async def test_without_a_folder_there_is_nothing_to_watch():
    await asyncio.wait_for(LivePolicies(None).run(), timeout=1)
