"""Cases files: what they may say, and how their mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.authoring.cases.options import PlacedCase, not_met
from proxy.authoring.cases.reading import cases_from, read_cases, unknown_documents
from proxy.corpus.reading import read_content
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import read_policies

CASE = "cases:\n  - name: fees\n    answer: Flex is free.\n    expect: supported\n"


def problems_of(text: str) -> list[str]:
    with pytest.raises(PoliciesError) as error:
        cases_from({"policies/tests/a.yaml": text})
    return list(map(str, error.value.problems))


def test_a_case_has_its_file_and_line_and_its_files_defaults() -> None:
    text = "defaults: {model: airline-1, jurisdiction: CA, as_of: 2026-03-01}\n" + CASE
    (placed,) = cases_from({"policies/tests/a.yaml": text + "    jurisdiction: EU\n"})
    assert (placed.path, placed.line) == ("policies/tests/a.yaml", 3)
    case = placed.case
    assert (case.name, case.answer, case.expect) == ("fees", "Flex is free.", ("supported",))
    assert (case.model, case.jurisdiction, case.audience) == ("airline-1", "EU", "customer")
    assert case.policy_date is not None and case.policy_date.isoformat() == "2026-03-01T00:00:00+00:00"


def test_several_things_may_be_expected() -> None:
    (placed,) = cases_from({"a.yaml": CASE.replace("supported", "[contradicted, rewrite]")})
    assert placed.case.expect == ("contradicted", "rewrite")
    assert not_met(placed.case.expect, "contradicted", "rewrite") == []
    assert not_met(placed.case.expect, "contradicted", "escalate") == ["rewrite"]
    assert not_met(placed.case.expect, "unverified", "deliver") == ["contradicted", "rewrite"]


@pytest.mark.parametrize(("decision", "met"), [("deliver", False), ("rewrite", True), ("escalate", True)])
def test_stopped_means_whatever_is_not_delivered(decision: str, met: bool) -> None:
    assert (not_met(("stopped",), "unsupported", decision) == []) is met


def test_cases_are_read_from_files_by_name_and_are_no_routes(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    assert read_cases(tmp_path) == ()
    for name in ("b", "a"):
        (tmp_path / "tests" / f"{name}.yaml").write_text(CASE.replace("fees", f"fees-{name}"))
    assert [placed.case.name for placed in read_cases(tmp_path)] == ["fees-a", "fees-b"]
    assert [route.name for route in read_policies(tmp_path).routes] == ["default"]


def test_a_folder_without_cases_has_none(tmp_path: Path) -> None:
    assert read_cases(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cases: [", "policies/tests/a.yaml:1: not valid YAML"),
        ("- name: a", 'policies/tests/a.yaml:1: must be a mapping with "defaults" or "cases"'),
        ("\ncasse: []", 'policies/tests/a.yaml:2: unknown key "casse"; did you mean "cases"?'),
        (
            "cases: {a: b}",
            'policies/tests/a.yaml:1: "cases" must be a list: each case starts with "- name: ..."',
        ),
        ("defaults:\n  modle: a", 'a.yaml:2: defaults: unknown key "modle"; did you mean "model"?'),
        ("defaults:\n  answer: a", 'a.yaml:2: defaults: unknown key "answer"; allowed: "model", "channel"'),
        (CASE + "    qestion: a\n", 'a.yaml:5: case "fees": unknown key "qestion"; did you mean "question"?'),
        (CASE.replace("    answer: Flex is free.\n", ""), 'a.yaml:2: case "fees": key "answer" is missing'),
        ("cases:\n  - answer: A.\n    expect: deliver\n", 'a.yaml:2: case 1: key "name" is missing'),
        (
            CASE.replace("supported", "suported"),
            'a.yaml:4: case "fees": "expect" cannot be "suported"; did you mean "supported"?',
        ),
        (
            CASE.replace("supported", "[supported, wrong]"),
            'a.yaml:4: case "fees": "expect" cannot be "wrong"; allowed: "supported", "contradicted"',
        ),
        (
            CASE.replace("supported", "[]"),
            'a.yaml:4: case "fees": "expect" must be one or several of supported, contradicted',
        ),
        (
            CASE + "    as_of: soon\n",
            'a.yaml:5: case "fees": "as_of" is "soon"; write a date such as 2026-03-01, or a moment',
        ),
        (
            CASE + CASE.removeprefix("cases:\n"),
            'a.yaml:5: case "fees": the name is already taken in policies/tests/a.yaml:2; choose another',
        ),
    ],
)
def test_a_mistake_is_named_by_file_line_and_case_with_a_remedy(text: str, expected: str) -> None:
    assert expected in problems_of(text)[0]


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems_of(CASE.replace("supported", "good") + "    modle: a\n")) == 2


def test_a_document_that_does_not_exist_is_named() -> None:
    corpus = [read_content("airline/fees.md", b"Flex is free.").document]
    (placed,) = cases_from({"a.yaml": CASE + "    document: airline/fee\n"})
    assert [str(problem) for problem in unknown_documents([placed], corpus)] == [
        'a.yaml:2: case "fees": there is no document "airline/fee"; did you mean "airline/fees"?'
    ]
    other = PlacedCase(placed.path, placed.line, placed.case.model_copy(update={"document": "x.md"}))
    (problem,) = unknown_documents([other], corpus)
    assert str(problem).endswith('no document "x.md"; write the id of a document, its path without .md')
