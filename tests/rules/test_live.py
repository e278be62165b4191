"""Policies that change while the proxy runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from proxy.rules.effects import Effect
from proxy.rules.facts import ToolCall
from proxy.rules.live import LivePolicies
from proxy.rules.problems import PoliciesError


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


RULE = """\
rules:
  - name: {name}
    when: {when}
    effect: mark
    label: x
    expires: "{expires}"
    reason: b
"""
LATER = "2999-01-01T00:00:00Z"


def own_rules(policies: LivePolicies) -> list[str]:
    return [rule.name for rule in policies.current.rules.every if rule.effect is Effect.MARK]


async def test_a_rule_and_the_fact_that_it_reads_go_live_together_within_two_seconds(live: LivePolicies):
    """In one step: the rule is only right together with the other file."""
    reading = RULE.format(name="gold", when='context.tier.value == "gold"', expires=LATER)
    declared = (
        "sources: [{name: crm, kind: file, path: crm.csv, key: id}]\n"
        "facts: [{name: tier, type: text, max_age: 1h, from: {crm: }}]\n"
    )
    live.folder.joinpath("rules.yaml").write_text(reading)
    await seconds_until(lambda: bool(live.problems))
    assert 'unknown name "context.tier"' in str(live.problems[0]) and own_rules(live) == []
    live.folder.joinpath("context.yaml").write_text(declared)
    assert await seconds_until(lambda: own_rules(live) == ["gold"]) < 2
    assert not live.problems and "tier" in live.current.context.types


async def test_two_hundred_rules_are_live_within_two_seconds_too(live: LivePolicies):
    entry = RULE.removeprefix("rules:\n").format(name="NAME", when="request.is_complaint", expires=LATER)
    many = "rules:\n" + "".join(entry.replace("NAME", f"r{number}") for number in range(200))
    live.folder.joinpath("rules.yaml").write_text(many)
    assert await seconds_until(lambda: len(own_rules(live)) == 200) < 2


def test_a_file_that_is_as_it_was_before_it_broke_is_logged(tmp_path: Path):
    file = tmp_path / "routes.yaml"
    file.write_text("defaults: {mode: observe}")
    policies = LivePolicies(tmp_path)
    file.write_text("defaults: {mode: [}")
    with capture_logs() as broken:
        policies.reload()
    file.write_text("defaults: {mode: observe}")
    with capture_logs() as repaired:
        policies.reload()
        policies.reload()
    assert [log["event"] for log in broken] == ["policies broken, the last good ones stay"]
    assert [log["event"] for log in repaired] == ["policies in order again, nothing has changed"]


def test_files_that_say_the_same_are_not_compiled_again(tmp_path: Path):
    file = tmp_path / "routes.yaml"
    file.write_text("defaults: {mode: observe}")
    policies = LivePolicies(tmp_path)
    before = policies.current
    policies.reload()
    assert policies.current is before
    file.write_text("# a comment\ndefaults: {mode: observe}")
    policies.reload()
    assert policies.current is not before and policies.current.version == before.version


def test_a_rule_that_has_expired_is_warned_of_once(tmp_path: Path):
    (tmp_path / "rules.yaml").write_text(RULE.format(name="old", when="true", expires="2020-01-01T00:00:00Z"))
    with capture_logs() as logs:
        policies = LivePolicies(tmp_path)
        policies.reload()
    (warning,) = policies.warnings
    assert warning.startswith(f'{tmp_path.name}/rules.yaml:2: rule "old": has expired')
    assert [log["warning"] for log in logs if log["log_level"] == "warning"] == [warning]


def test_a_tool_that_is_never_called_is_warned_of_and_what_was_seen_outlives_a_reload(tmp_path: Path):
    rule = "rules: [{name: a, when: 'tool_call.name == \"issue_refnd\"', effect: stop_tool_call, reason: b}]"
    (tmp_path / "rules.yaml").write_text(rule)
    policies = LivePolicies(tmp_path)
    assert policies.warnings == ()
    policies.current.rules.tools.saw([ToolCall("1", "issue_refund", "{}")])
    policies.reload()
    policies.reload()
    assert policies.warnings == (
        f'{tmp_path.name}/rules.yaml:1: rule "a": no call of the tool "issue_refnd" was seen; '
        'did you mean "issue_refund"?',
    )
    (tmp_path / "rules.yaml").write_text(rule.replace("refnd", "refund"))
    policies.reload()
    assert policies.warnings == ()


def test_policies_that_are_broken_at_the_start_do_not_start(tmp_path: Path):
    (tmp_path / "routes.yaml").write_text("routes: [{}]")
    with pytest.raises(PoliciesError, match='key "name" is missing'):
        LivePolicies(tmp_path)


async def test_without_a_folder_there_is_nothing_to_watch():
    await asyncio.wait_for(LivePolicies(None).run(), timeout=1)
