"""``cxai rules try``: what a file of rules would have changed of what was really asked, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.recorded import recorded_decision

from proxy.ledger.ledger import Ledger

__all__ = ["cxai"]

DRAFT = """\
rules:
  - name: careful
    when: request.about_account
    effect: route_to_human
    reason: The billing system is being moved.
"""


@pytest.fixture(autouse=True)
def policies(cxai: Cxai, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger_url: str) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "rules.yaml").write_text("rules: []\n")
    (tmp_path / "draft.yaml").write_text(DRAFT)
    monkeypatch.setenv("CXAI_POLICIES", "policies")
    monkeypatch.setenv("CXAI_DATABASE_URL", ledger_url)


def record(ledger_url: str, count: int = 3, **changes: object) -> None:
    """Every third decision is about the account; they are an hour apart."""
    with Ledger.open(ledger_url) as ledger:
        for number in range(count):
            decision = recorded_decision(
                f"r-{number:03}",
                request={"about_account": number % 3 == 0},
                customer_id=f"C-{number}",
                ago=timedelta(hours=number + 1),
                **changes,  # type: ignore[arg-type]
            )
            ledger.submit(decision)


def test_who_would_have_been_treated_differently_is_listed(cxai: Cxai, ledger_url: str):
    record(ledger_url, 4)
    ran = cxai("rules", "try", "draft.yaml", "--on", "last-7-days")
    assert ran.status == 0
    assert "UTC: 4\n" in ran.out and "Treated differently: 2 decisions, 2 known customers" in ran.out
    row = next(line for line in ran.out.splitlines() if "C-3" in line)
    assert "deliver" in row and "answered" in row and "handed to a person before the model is asked" in row
    assert "+careful" in row and "C-1" not in ran.out
    assert list(Path("policies").iterdir()) == [Path("policies/rules.yaml")]


def test_as_json_it_is_one_object_a_line(cxai: Cxai, ledger_url: str):
    record(ledger_url, 4)
    *differences, rule, summary = cxai("rules", "try", "draft.yaml", "--on", "7d", "--json").json_lines()
    assert [one["response_id"] for one in differences] == ["r-000", "r-003"]  # the newest first
    assert differences[0]["was"] == "answered" and differences[0]["rules_new"] == ["careful"]
    assert rule == {"type": "rule", "rule": "careful", "how": "new", "fires_now": 0, "would_fire": 2}
    assert summary["decisions"] == 4 and summary["differing"] == 2 and summary["without_request"] == 0


def test_a_period_is_what_its_words_say(cxai: Cxai, ledger_url: str):
    record(ledger_url, 9)
    tried = ("rules", "try", "draft.yaml", "--json")
    assert cxai(*tried, "--on", "last-4-hours").json_lines()[-1]["decisions"] == 3
    assert cxai(*tried, "--since", "5h", "--until", "3h").json_lines()[-1]["decisions"] == 2
    assert cxai(*tried, "--until", "3h").json_lines()[-1]["decisions"] == 7
    assert cxai(*tried).json_lines()[-1]["decisions"] == 9


def test_more_decisions_than_a_page_has_are_all_read_once(
    cxai: Cxai, ledger_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Also those that were made at the same instant, on both sides of a page's end."""
    monkeypatch.setattr("proxy.ledger.answers.decisions.PAGE", 4)
    with Ledger.open(ledger_url) as ledger:
        for number in range(10):
            ledger.submit(recorded_decision(f"r-{number}", request={"about_account": True}))
    ran = cxai("rules", "try", "draft.yaml", "--json", "--limit", "100")
    *differences, _, summary = ran.json_lines()
    assert sorted(one["response_id"] for one in differences) == [f"r-{number}" for number in range(10)]
    assert summary["decisions"] == 10 and summary["customers"] == 1


def test_what_cannot_be_replayed_is_counted_and_named(cxai: Cxai, ledger_url: str):
    with Ledger.open(ledger_url, store_text="none") as ledger:
        ledger.record(recorded_decision("a"))
    with Ledger.open(ledger_url) as ledger:
        ledger.record(replace(recorded_decision("b"), request=None))
    Path("draft.yaml").write_text(DRAFT.replace("request.about_account", 'request.text.contains("bill")'))
    out = cxai("rules", "try", "draft.yaml").out
    assert "Not replayed: 1 decisions, recorded before what rules read was kept" in out
    assert (
        'Not replayed: rule "careful" on 1 decisions; request.text: what the customer wrote is not kept'
        in out
    )


def test_a_file_of_the_same_name_or_the_one_that_is_named_is_replaced(cxai: Cxai, ledger_url: str):
    record(ledger_url, 1)
    Path("policies/rules.yaml").write_text(DRAFT.replace("careful", "old"))
    Path("new").mkdir()
    Path("new/rules.yaml").write_text(DRAFT)
    for tried in (("new/rules.yaml",), ("draft.yaml", "--replacing", "rules.yaml")):
        rules = [one for one in cxai("rules", "try", *tried, "--json").json_lines() if one["type"] == "rule"]
        assert [(one["rule"], one["how"]) for one in rules] == [("careful", "new"), ("old", "gone")]
    ran = cxai("rules", "try", "draft.yaml", "--replacing", "rule.yaml")
    assert (
        ran.status == 2
        and '--replacing: there is no file "rule.yaml" to replace; there are rules.yaml' in ran.err
    )


def test_what_is_in_force_already_is_said_to_change_nothing(cxai: Cxai, ledger_url: str):
    record(ledger_url, 1)
    ran = cxai("rules", "try", "policies/rules.yaml")
    assert "No rule differs from those in force" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere.yaml",), "nowhere.yaml: cannot be read: No such file or directory"),
        (("draft.yaml", "--on", "last-week"), '--on: "last-week" is no period; write last-7-days, 24h or 7d'),
        (("draft.yaml", "--on", "7d", "--since", "1d"), "give --on, or --since and --until, not both"),
        (
            ("draft.yaml", "--since", "1d", "--until", "2d"),
            "the period is empty: --since has to be before --until",
        ),
        (
            ("broken.yaml",),
            'broken.yaml:3: rule "careful": unknown name "request.abot_account"; did you mean',
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_way_out(
    cxai: Cxai, ledger_url: str, arguments: tuple[str, ...], told: str
):
    record(ledger_url, 1)
    Path("broken.yaml").write_text(DRAFT.replace("about_account", "abot_account"))
    ran = cxai("rules", "try", *arguments)
    assert ran.status == 2 and told in ran.err
