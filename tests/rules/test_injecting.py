"""Urgent rules: what would not come into force is not written, and the reason names the way out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from proxy.rules.injecting import end, inject
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import read_policies

NOW = datetime.now(UTC)
RULE = {
    "name": "outage",
    "when": "request.about_account",
    "effect": "route_to_human",
    "reason": "The CRM is down.",
    "owner": "Ann",
    "expires": "2999-01-01T00:00:00Z",
}
OTHERS = """\
rules:
  - {name: ours, when: request.is_complaint, effect: mark, label: x, reason: r}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "rules.yaml").write_text(OTHERS)
    return policies


def problem(folder: Path, **changes: Any) -> str:
    """What is said of a rule that is not taken; nothing was written."""
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(PoliciesError) as error:
        inject(folder, {**RULE, **changes}, NOW)
    assert sorted(path.name for path in folder.iterdir()) == before
    return str(error.value)


def names(folder: Path) -> list[str]:
    return [rule.name for rule in read_policies(folder).rules.every]


def test_a_rule_is_in_force_with_all_others_and_gone_when_it_is_ended(folder: Path):
    one = inject(folder, RULE, NOW)
    assert one.rule.owner == "Ann" and one.place.startswith("policies/injected.yaml:")
    assert {"outage", "ours", "never-ignored-twice"} <= set(names(folder))
    end(folder, "outage")
    assert "outage" not in names(folder) and "ours" in names(folder)


def test_a_dry_run_writes_nothing(folder: Path):
    assert inject(folder, RULE, NOW, dry_run=True).rule.name == "outage"
    assert [path.name for path in folder.iterdir()] == ["rules.yaml"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"when": "request.abot_account"},
            '--when: rule "outage": unknown name "request.abot_account"; did you mean',
        ),
        (
            {"effect": "route_to_humn"},
            '--effect: rule "outage": "effect" cannot be "route_to_humn"; did you mean',
        ),
        (
            {"match": {"chanel": ["voice"]}},
            '--match: rule "outage": unknown key "match.chanel"; did you mean "channel"?',
        ),
        (
            {"match": {"route": ["voic"]}},
            '--match: rule "outage": "match.route" is "voic", and no route is called so',
        ),
        ({"say": "Sorry."}, '--say: rule "outage": "say" must contain {ref}'),
        ({"effect": "mark"}, '--effect: rule "outage": "mark" needs the key "label"'),
        (
            {"expires": "tomorrow"},
            '--expires: rule "outage": "expires" is "tomorrow": it should be a time with its zone',
        ),
        (
            {"expires": "2020-01-01T00:00:00Z"},
            "--expires: 2020-01-01T00:00:00Z has passed; give a later time, or 24h",
        ),
        ({"share": 2.0}, '--share: rule "outage": "share" is 2.0'),
        (
            {"name": "ours"},
            '--name: there is a rule "ours" already (policies/rules.yaml:2); choose another name',
        ),
        (
            {"name": "asks-for-person"},
            '--name: "asks-for-person" is a rule that ships with the product; choose another',
        ),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_by_its_option_with_the_way_out(
    folder: Path, changes: dict[str, Any], told: str
):
    assert problem(folder, **changes).startswith(told)


def test_a_folder_that_is_broken_takes_no_rule_and_says_where_it_is(folder: Path):
    """No change would come into force: the last good policies stay."""
    (folder / "rules.yaml").write_text(OTHERS.replace("is_complaint", "is_complant"))
    assert problem(folder).startswith(
        'policies/rules.yaml:2: rule "ours": unknown name "request.is_complant"'
    )


def test_a_second_rule_of_the_name_is_told_how_to_end_the_first(folder: Path):
    inject(folder, RULE, NOW)
    assert "or end that one first: cxai rules inject --end outage" in problem(folder)


def test_ending_what_was_not_injected_says_where_it_stands(folder: Path):
    for name, told in (
        ("ours", '--end: "ours" was not injected: it stands in policies/rules.yaml:2; take it out there'),
        ("outage", '--end: there is no injected rule "outage"; nothing is injected'),
    ):
        with pytest.raises(PoliciesError) as error:
            end(folder, name)
        assert str(error.value) == told
    inject(folder, RULE, NOW)
    with pytest.raises(PoliciesError, match='no injected rule "outag"; did you mean "outage"'):
        end(folder, "outag")


def test_a_rule_that_a_case_still_expects_is_not_ended(folder: Path):
    inject(folder, RULE, NOW)
    file = folder / "injected.yaml"
    file.write_text(
        file.read_text() + "tests: [{name: t, given: {request: {about_account: true}}, expect: [outage]}]\n"
    )
    with pytest.raises(PoliciesError, match=r'policies/injected.yaml:\d+: test "t": "expect" has "outage"'):
        end(folder, "outage")
    assert "outage" in names(folder)


def test_a_rule_can_be_ended_while_another_file_is_broken(folder: Path):
    inject(folder, RULE, NOW)
    (folder / "rules.yaml").write_text("rules: [")
    end(folder, "outage")
    assert "outage" not in (folder / "injected.yaml").read_text()


def test_those_who_inject_at_the_same_time_lose_none(folder: Path):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: inject(folder, {**RULE, "name": f"r{number}"}, NOW), range(8)))
    assert {f"r{number}" for number in range(8)} <= set(names(folder))
    assert sorted(path.name for path in folder.iterdir()) == ["injected.yaml", "rules.yaml"]


def test_the_files_rights_stay(folder: Path):
    (folder / "injected.yaml").write_text("rules: []\n")
    (folder / "injected.yaml").chmod(0o640)
    inject(folder, RULE, NOW)
    assert (folder / "injected.yaml").stat().st_mode & 0o777 == 0o640


def test_a_file_that_people_have_written_in_another_way_is_left_to_them(folder: Path):
    (folder / "injected.yaml").write_text(
        "rules: [{name: a, when: true, effect: mark, label: x, reason: r}]\n"
    )
    with pytest.raises(PoliciesError, match=r"policies/injected.yaml:1: .* change it by hand"):
        inject(folder, RULE, NOW)


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing_behind(folder: Path):
    (folder / "injected.yaml").mkdir()
    with pytest.raises(PoliciesError, match=r"injected.yaml: cannot be written: .* commit the rule there"):
        inject(folder, RULE, NOW)
    assert sorted(path.name for path in folder.iterdir()) == ["injected.yaml", "rules.yaml"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(PoliciesError, match="nowhere: cannot be read: No such file or directory"):
        inject(tmp_path / "nowhere", RULE, NOW)
