"""``cxai policies test`` as a compliance team meets it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.command_line import Cxai, cxai

__all__ = ["cxai"]

ROOT = Path(__file__).parents[2]
FEES = """\
---
title: Fees
timezone: America/Toronto
effective_from: 2026-01-01
---
# Fees

The fee for a bicycle is 45 euros for each flight.
"""
OLD = FEES.replace("title: Fees", "title: Fees (2025)").replace("45", "30").replace("2026", "2025")
CASES = """\
cases:
  - name: right
    question: What does my bicycle cost?
    answer: A bicycle costs 45 euros for each flight.
    expect: [supported, deliver]
    document: fees
  - name: wrong
    answer: The fee for a bicycle is 60 euros for each flight.
    expect: supported
    document: fees-2025
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    """Two documents and two cases, one of which fails."""
    for name, text in {
        "policy_corpus/fees.md": FEES.replace("effective_from", "supersedes: fees-2025\neffective_from"),
        "policy_corpus/fees-2025.md": OLD,
        "policies/tests/fees.yaml": CASES,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)


def keep(*names: str, **changed: str) -> None:
    """Leave only these cases in the file, with other words."""
    parts = CASES.split("  - name: ")
    text = parts[0] + "".join(f"  - name: {part}" for part in parts[1:] if part.split("\n")[0] in names)
    for old, new in changed.items():
        text = text.replace(old, new)
    Path("policies/tests/fees.yaml").write_text(text)


def test_a_failure_says_what_was_expected_what_came_and_which_words_decided(cxai: Cxai) -> None:
    ran = cxai("policies", "test")
    assert ran.status == 1
    assert ran.out.splitlines()[0] == "failed: policies/tests/fees.yaml:7: wrong"
    assert "\n  expected supported, came contradicted (rewrite)\n" in ran.out
    assert '\n  expected "fees-2025" to decide, "fees" did\n' in ran.out
    assert "\n  sentence  The fee for a bicycle is 60 euros for each flight.\n" in ran.out
    assert (
        '\n  policy    policy_corpus/fees.md:9: "The fee for a bicycle is 45 euros for each flight."\n'
        in ran.out
    )
    assert ran.out.splitlines()[-1].endswith("2 answer cases: 1 failed")


def test_cases_that_hold_end_with_0(cxai: Cxai) -> None:
    keep("right")
    ran = cxai("policies", "test")
    assert ran.status == 0 and ran.out.endswith("1 answer case: all passed\n")


def test_the_second_of_the_policy_date_decides_which_version_counts(cxai: Cxai) -> None:
    keep(
        "right", **{"45": "30", "document: fees": "document: fees-2025\n    as_of: 2025-12-31T23:59:59-05:00"}
    )
    assert cxai("policies", "test").status == 0
    keep("right", **{"45": "30", "document: fees": "as_of: 2026-01-01T00:00:00-05:00"})
    assert cxai("policies", "test").status == 1


def test_the_weakest_sentence_of_an_answer_counts(cxai: Cxai) -> None:
    keep("right", **{"answer: A": "answer: A bicycle costs 60 euros for each flight. A"})
    ran = cxai("policies", "test")
    assert "expected supported and deliver, came contradicted (rewrite)" in ran.out
    assert "sentence  A bicycle costs 60 euros for each flight.\n" in ran.out


def test_the_way_of_the_route_is_what_is_tried(cxai: Cxai) -> None:
    Path("policies/routes.yaml").write_text(
        "routes:\n  - name: careful\n    match: {model: careful-*}\n    contradicted: escalate\n"
    )
    keep("wrong", supported="[contradicted, escalate]", **{"document: fees-2025": "model: careful-1"})
    assert cxai("policies", "test").status == 0


def test_json_has_every_case_with_what_came(cxai: Cxai) -> None:
    lines = cxai("policies", "test", "--json").json_lines()
    right, wrong = (line for line in lines if line["kind"] == "answer")
    assert (right["name"], right["passed"], right["verdict"], right["decision"]) == (
        "right",
        True,
        "supported",
        "deliver",
    )
    assert (wrong["kind"], wrong["path"], wrong["line"], wrong["passed"]) == (
        "answer",
        "policies/tests/fees.yaml",
        7,
        False,
    )
    assert (wrong["document"], wrong["at"]) == ("fees", "policy_corpus/fees.md:9")


def test_github_shows_a_failure_at_its_case(cxai: Cxai) -> None:
    line = cxai("policies", "test", "--format", "github").out.splitlines()[0]
    assert line.startswith(
        "::error file=policies/tests/fees.yaml,line=7,title=cxai case wrong::expected supported"
    )
    assert "%0A" in line


def test_a_junit_file_has_passed_and_failed_cases(cxai: Cxai) -> None:
    assert cxai("policies", "test", "--junit", "out.xml").status == 1
    suite = ElementTree.parse("out.xml").getroot()
    passed, failed = (case for case in suite if case.get("classname") == "policies/tests/fees.yaml")
    assert (suite.get("tests"), suite.get("failures")) == (str(len(suite)), "1")
    assert (passed.get("name"), list(passed)) == ("right", [])
    assert failed[0].get("message", "").startswith("expected supported, came contradicted (rewrite);")
    assert "policy_corpus/fees.md:9" in (failed[0].text or "")


def test_a_mistake_in_a_cases_file_is_bad_input(cxai: Cxai) -> None:
    keep("right", question="qestion")
    ran = cxai("policies", "test")
    assert ran.status == 2
    assert ran.err.startswith(
        'cxai: policies/tests/fees.yaml:3: case "right": unknown key "qestion"; did you mean'
    )


def test_a_document_that_is_not_there_is_bad_input(cxai: Cxai) -> None:
    keep("right", **{"document: fees": "document: feess"})
    ran = cxai("policies", "test")
    assert ran.status == 2
    assert 'fees.yaml:2: case "right": there is no document "feess"; did you mean "fees"?' in ran.err


RULE = """\
rules:
  - name: refund-over-limit
    when: tool_call.name == "issue_refund" && tool_call.arguments.amount > 500
    effect: stop_tool_call
    reason: Refunds above 500 need the approval of a person.

tests:
  - name: a small refund is kept too
    given:
      tool_calls: [{name: issue_refund, arguments: {amount: 5}}]
    expect: refund-over-limit
"""


def test_the_rules_own_cases_are_tried_in_one_go(cxai: Cxai) -> None:
    keep("right")
    Path("policies/rules.yaml").write_text(RULE)
    ran = cxai("policies", "test")
    assert ran.status == 1
    assert ran.out.startswith(
        "failed: policies/rules.yaml:8: a small refund is kept too\n"
        '  rule "refund-over-limit" should fire and does not\n'
    )
    Path("policies/rules.yaml").write_text(RULE.replace("amount: 5}", "amount: 501}"))
    assert cxai("policies", "test").status == 0
    kinds = [line["kind"] for line in cxai("policies", "test", "--json").json_lines()]
    assert kinds.count("answer") == 1 and kinds.count("rule") >= 1


def test_no_cases_is_said_and_is_no_failure(cxai: Cxai) -> None:
    Path("policies/tests/fees.yaml").unlink()
    ran = cxai("policies", "test")
    assert ran.status == 0
    assert (
        ran.err
        == "cxai: no cases of your own yet; write some into policies/tests (docs/corpus.md says how)\n"
    )


def test_the_shipped_cases_hold(cxai: Cxai) -> None:
    ran = cxai(
        *("policies", "test", "--json", "--policies", str(ROOT / "policies")),
        *("--corpus", str(ROOT / "policy_corpus")),
    )
    results = ran.json_lines()
    assert [result["name"] for result in results if not result["passed"]] == []
    assert len([result for result in results if result["kind"] == "answer"]) >= 12
