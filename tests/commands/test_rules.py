"""``cxai rules`` as a compliance person meets it: what there is, whether it is right, and who changed it."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai

from proxy.ledger.ledger import Ledger
from proxy.rules.audit import PolicyAudit
from proxy.rules.reading import policies_from, policy_texts

__all__ = ["cxai"]

ROOT = Path(__file__).parents[2]
RULES = """\
rules:
  - name: no-gifts
    when: tool_call.name == "send_gift"
    effect: stop_tool_call
    match: {channel: [voice, chat], tenant: acme}
    share: 0.125
    priority: 7
    owner: Ann
    expires: "2020-01-01T00:00:00Z"
    reason: Gifts are for people to give.
tests:
  - name: a gift
    given:
      request: {tenant: acme}
      time: 2019-01-01T00:00:00Z
      tool_calls: [{name: send_gift, arguments: "{}"}]
    expect: [no-gifts]
"""


@pytest.fixture(autouse=True)
def policies(cxai: Cxai, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "rules.yaml").write_text(RULES)
    monkeypatch.setenv("CXAI_POLICIES", "policies")


def test_the_list_has_own_rules_and_those_that_ship_in_the_order_in_which_they_fire(cxai: Cxai):
    listed = cxai("rules", "list", "--json").json_lines()
    assert [rule["priority"] for rule in listed] == sorted(
        (rule["priority"] for rule in listed), reverse=True
    )
    assert {"never-ignored-twice", "no-gifts"} <= {rule["name"] for rule in listed}
    (own,) = [rule for rule in listed if rule["name"] == "no-gifts"]
    assert (own["path"], own["line"], own["phase"], own["expired"]) == (
        "policies/rules.yaml",
        2,
        "call",
        True,
    )
    said = cxai("rules", "list").out
    assert "channel voice or chat, tenant acme, 12.5% of customers" in said
    assert (
        "(has ended)" in said and "Gifts are for people to give." in said and "policies/rules.yaml:2" in said
    )


def test_check_says_what_should_be_looked_at_and_ends_well(cxai: Cxai):
    ran = cxai("rules", "check")
    assert ran.status == 0
    assert (
        'warning: policies/rules.yaml:2: rule "no-gifts": has expired' in ran.out and "in order:" in ran.out
    )
    github = cxai("rules", "check", "--format", "github").out
    assert github.startswith(
        '::warning file=policies/rules.yaml,line=2,title=cxai rules::rule "no-gifts": has expired'
    )


def test_check_ends_with_1_and_names_every_mistake_with_its_line_and_the_way_out(cxai: Cxai):
    broken = RULES.replace("tool_call.name", "tool_call.nmae").replace("share: 0.125", "shar: 1")
    Path("policies/rules.yaml").write_text(RULES.replace("tool_call.name", "tool_call.nmae"))
    Path("policies/more.yaml").write_text(broken.replace("no-gifts", "other"))
    ran = cxai("rules", "check")
    assert ran.status == 1
    assert (
        'error: policies/rules.yaml:3: rule "no-gifts": unknown name "tool_call.nmae"; did you mean'
        in ran.out
    )
    assert 'policies/more.yaml:6: rule "other": unknown key "shar"; did you mean "share"?' in ran.out
    told = cxai("rules", "check", "--json").json_lines()
    assert {(one["severity"], one["path"], one["line"]) for one in told} >= {
        ("error", "policies/rules.yaml", 3)
    }
    assert (
        "::error file=policies/rules.yaml,line=3,title=" in cxai("rules", "check", "--format", "github").out
    )


def test_the_cases_beside_the_rules_are_run_and_a_failure_says_why(cxai: Cxai):
    ran = cxai("rules", "test")
    assert ran.status == 0 and ran.out.endswith("rule cases: all passed\n")
    Path("policies/rules.yaml").write_text(RULES.replace("{tenant: acme}", "{tenant: other}"))
    ran = cxai("rules", "test")
    assert ran.status == 1
    why = 'rule "no-gifts" should fire and does not: its "match" does not fit'
    assert f"failed: policies/rules.yaml:12: a gift\n  {why}" in ran.out and ": 1 failed" in ran.out
    assert [one["name"] for one in cxai("rules", "test", "--json").json_lines() if not one["passed"]] == [
        "a gift"
    ]
    github = cxai("rules", "test", "--format", "github").out
    assert (
        github.startswith("::error file=policies/rules.yaml,line=12,")
        and "should fire and does not" in github
    )


def test_findings_name_the_files_from_where_the_command_runs(cxai: Cxai, tmp_path: Path):
    """As GitHub wants it, wherever the folder is."""
    inner = tmp_path / "deep" / "er"
    inner.mkdir(parents=True)
    (tmp_path / "policies").rename(inner / "policies")
    wrong = inner / "policies" / "rules.yaml"
    wrong.write_text(RULES.replace("{tenant: acme}", "{tenant: other}"))
    listed = ("--policies", "deep/er/policies", "--format", "github")
    for command in ("check", "test"):
        assert "file=deep/er/policies/rules.yaml,line=" in cxai("rules", command, *listed).out


@pytest.mark.parametrize("command", ["list", "test"])
def test_policies_that_are_broken_are_told_and_end_with_2(cxai: Cxai, command: str):
    Path("policies/rules.yaml").write_text(RULES.replace("effect: stop_tool_call", "effect: stop_tool_cal"))
    ran = cxai("rules", command)
    assert ran.status == 2
    assert 'policies/rules.yaml:4: rule "no-gifts"' in ran.err and 'did you mean "stop_tool_call"?' in ran.err


def test_a_tenant_that_there_is_not_is_named_with_those_that_there_are(cxai: Cxai):
    ran = cxai("rules", "list", "--tenant", "acmee")
    assert ran.status == 2 and '--tenant: there is no tenant "acmee"; the settings name default' in ran.err


def test_changes_tell_who_when_and_what(cxai: Cxai, ledger_url: str):
    folder = Path("policies")
    with Ledger.open(ledger_url) as ledger:
        audit = PolicyAudit(ledger.policy_changes, "default", folder)
        for text in (RULES, RULES + "switched_off: [case-known]\n"):
            (folder / "rules.yaml").write_text(text)
            texts = policy_texts(folder)
            assert audit.note(policies_from(texts), texts)
    listed = ("rules", "changes", "--database-url", ledger_url)
    newest, oldest = cxai(*listed, "--json").json_lines()
    assert newest["removed"] == ["rule case-known"] and newest["files"] == ["policies/rules.yaml"]
    assert newest["previous"] == oldest["version"] and "parts" not in newest
    assert datetime.now(UTC) - datetime.fromisoformat(newest["at"]) < timedelta(minutes=1)
    said = cxai(*listed).out
    assert "removed rule case-known" in said and "first noted, with" in said and newest["author"] in said
    assert len(cxai(*listed, "--json", "--limit", "1").json_lines()) == 1
    assert cxai(*listed, "--since", "2999-01-01").out == "No change of the policies is on record.\n"


def test_without_a_ledger_changes_say_where_one_would_be(cxai: Cxai):
    ran = cxai("rules", "changes")
    assert ran.status == 2 and "there is no ledger at" in ran.err and os.sep in ran.err


def test_every_command_is_documented_and_every_documented_one_exists(cxai: Cxai):
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    listed = cxai("rules", "--help").out.partition("Commands:")[2].split("\n")
    commands = {line.split()[0] for line in listed if line.strip()}
    assert set(re.findall(r"cxai rules (\w+)", text)) == commands
    options = cxai("rules", "inject", "--help").out + cxai("rules", "try", "--help").out
    for option in set(re.findall(r"`(--[a-z-]+)", text.partition("## Trying, injecting")[2])):
        assert option in options or option in ("--format", "--json", "--tenant")
