"""Who changed which policies, as the audit has it: told once, in words, and by whoever it was."""

from __future__ import annotations

import asyncio
import getpass
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import PolicyChange
from proxy.rules.audit import PolicyAudit
from proxy.rules.live import LivePolicies

RULE = """\
  - {{name: {name}, when: request.is_complaint, effect: mark, label: x, reason: b, owner: {owner}}}
"""


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    policies = tmp_path / "policies"
    policies.mkdir()
    return policies


def rules(*names: str, owner: str = "Ann") -> str:
    return "rules:\n" + "".join(RULE.format(name=name, owner=owner) for name in names)


def noted(folder: Path | None, ledger: Ledger) -> PolicyChange:
    """What the audit has when the folder is in force."""
    policies = LivePolicies(folder, note=PolicyAudit(ledger.policy_changes, "default", folder).note)
    policies._tell()
    latest = ledger.policy_changes.latest("default")
    assert latest is not None and latest.version == policies.current.version
    return latest


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_what_was_added_changed_and_removed_is_told_in_names(folder: Path, ledger: Ledger):
    (folder / "a.yaml").write_text(rules("stays", "goes"))
    first = noted(folder, ledger)
    assert first.previous is None and {"rule stays", "route default"} <= set(first.summary["added"])
    (folder / "a.yaml").write_text(rules("stays", "comes", owner="Bob"))
    (folder / "b.yaml").write_text("routes: [{name: voice, match: {channel: voice}}]")
    second = noted(folder, ledger)
    assert second.previous == first.version
    assert second.summary["files"] == ["policies/a.yaml", "policies/b.yaml"]
    assert second.summary["added"] == ["route voice", "rule comes"]
    assert second.summary["changed"] == ["rule stays"] and second.summary["removed"] == ["rule goes"]


def test_what_is_in_force_already_is_not_noted_again_after_a_restart(folder: Path, ledger: Ledger):
    (folder / "a.yaml").write_text(rules("one"))
    noted(folder, ledger)
    (folder / "a.yaml").write_text("# a comment\n" + rules("one"))
    noted(folder, ledger)
    assert len(ledger.policy_changes.listed()) == 1


def test_another_order_of_the_same_rules_is_a_change(folder: Path, ledger: Ledger):
    (folder / "a.yaml").write_text(rules("one", "two"))
    noted(folder, ledger)
    (folder / "a.yaml").write_text(rules("two", "one"))
    assert noted(folder, ledger).summary["changed"] == ["order"]


def test_a_committed_file_is_its_committers(folder: Path, ledger: Ledger):
    git(folder, "init")
    (folder / "a.yaml").write_text(rules("one"))
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    assert noted(folder, ledger).author == "Ann <ann@example.com>"
    git(folder, "rm", "a.yaml")
    git(folder, "commit", "-m", "none")
    folder.mkdir(exist_ok=True)
    assert noted(folder, ledger).author == "Ann <ann@example.com>"


@pytest.mark.parametrize("state", ["edited since", "never committed", "ignored", "without git"])
def test_what_nobody_has_committed_is_the_files_owners(folder: Path, ledger: Ledger, state: str):
    if state != "without git":
        git(folder, "init")
    (folder / ".gitignore").write_text("a.yaml" if state == "ignored" else "")
    (folder / "a.yaml").write_text(rules("one"))
    if state == "edited since":
        git(folder, "add", ".")
        git(folder, "commit", "-m", "one")
        (folder / "a.yaml").write_text(rules("two"))
    assert noted(folder, ledger).author == getpass.getuser()


def test_an_injected_rule_is_its_owners_and_its_end_the_file_owners(folder: Path, ledger: Ledger):
    (folder / "injected.yaml").write_text(rules("one", owner="Bob"))
    assert noted(folder, ledger).author == "Bob"
    (folder / "injected.yaml").write_text(rules("one", owner="Bob") + RULE.format(name="two", owner="Cem"))
    assert noted(folder, ledger).author == "Cem"
    (folder / "injected.yaml").write_text("rules: []")
    assert noted(folder, ledger).author == getpass.getuser()


def test_without_files_of_ones_own_it_is_the_release(ledger: Ledger):
    assert noted(None, ledger).author == f"cxai-proxy {version('cxai-proxy')}"


def test_the_audit_holds_names_and_digests_and_nothing_of_what_is_written(folder: Path, ledger: Ledger):
    (folder / "a.yaml").write_text(rules("one").replace("reason: b", "reason: Hush-hush."))
    assert "Hush" not in str(noted(folder, ledger).summary)


async def test_several_workers_on_one_folder_note_a_change_once(
    folder: Path, ledger: Ledger, ledger_url: str
):
    with Ledger.open(ledger_url) as other:
        audits = [PolicyAudit(one.policy_changes, "default", folder) for one in (ledger, ledger, other)]
        workers = [LivePolicies(folder, note=audit.note) for audit in audits]
        watching = [asyncio.create_task(worker.run()) for worker in workers]
        await until(lambda: len(ledger.policy_changes.listed()) == 1)
        await asyncio.sleep(0.2)
        (folder / "a.yaml").write_text(rules("one"))
        await until(lambda: all(worker._noted == worker.current.version for worker in workers))
        await until(lambda: len(ledger.policy_changes.listed()) == 2)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    newest, oldest = ledger.policy_changes.listed()
    assert newest.previous == oldest.version and newest.summary["added"] == ["rule one"]


async def test_a_ledger_that_cannot_be_written_keeps_no_policies_from_coming_into_force(folder: Path):
    asked: list[str] = []

    def failing(policies: object, texts: object) -> bool:
        asked.append("again")
        raise OSError("disk full")

    policies = LivePolicies(folder, note=failing)
    (folder / "a.yaml").write_text(rules("one"))
    policies._look()
    policies._look()
    assert [rule.name for rule in policies.current.rules.every][-1] == "one" and len(asked) == 2


async def until(condition: Callable[[], bool], limit_s: float = 8) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.05)
