"""The labels file: what a row may say, and that each mistake is named with its line."""

from __future__ import annotations

import json

import pytest

from proxy.calibration.labels import LabelsError, read_labels

GOOD = {"claim": "Refunds take 14 days.", "label": "supported"}


def refused(*rows: object) -> str:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    with pytest.raises(LabelsError) as raised:
        read_labels(text, "labels.jsonl")
    return str(raised.value)


def test_a_row_without_a_group_is_its_own_and_shares_none():
    rows = read_labels("\n".join(json.dumps(row) for row in (GOOD, GOOD, {**GOOD, "group": 2})), "f")
    assert len({row.group for row in rows}) == 3
    assert [row.id for row in rows] == ["1", "2", "3"]


def test_rows_of_a_group_share_it_whether_it_is_a_number_or_a_text():
    (first, second) = read_labels(
        "\n\n" + json.dumps({**GOOD, "group": 7}) + "\n" + json.dumps({**GOOD, "group": "7", "score": 1}), "f"
    )
    assert first.group == second.group and second.score == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"claim": ', "not valid JSON"),
        ("[1]", "must be an object like"),
        ({"label": "supported"}, '"claim" is missing; it must be a text'),
        ({**GOOD, "claim": "  "}, '"claim" is missing; it must be a text'),
        ({"claim": "x"}, '"label" is missing; allowed: supported, contradicted, unsupported'),
        (
            {**GOOD, "label": "true"},
            '"label" cannot be "true"; allowed: supported, contradicted, unsupported',
        ),
        ({**GOOD, "label": ["supported"]}, '"label" cannot be ["supported"]'),
        ({**GOOD, "question": 3}, '"question" must be a text'),
        ({**GOOD, "group": True}, '"group" must be a text or a whole number'),
        ({**GOOD, "group": ""}, '"group" must be a text or a whole number'),
        ({**GOOD, "score": 1.01}, '"score" must be a number from 0 to 1'),
        ({**GOOD, "score": "0.5"}, '"score" must be a number from 0 to 1'),
        ('{"claim": "x", "label": "supported", "score": NaN}', '"score" must be a number from 0 to 1'),
        ({**GOOD, "verdict": "yes"}, '"verdict" cannot be "yes"'),
        ({**GOOD, "verifier": 3}, '"verifier" must be a text'),
    ],
)
def test_a_mistake_is_named_with_file_and_line(row: object, message: str):
    assert refused(GOOD, "", row).startswith(f"labels.jsonl:3: {message}")


def test_all_mistakes_are_named_up_to_a_screenful():
    lines = refused(*[{"claim": "x"}] * 25).splitlines()
    assert len(lines) == 21 and lines[-1] == "... and 5 more"


def test_an_empty_file_is_told_what_belongs_into_it():
    assert "there is no label in it" in refused("", " ")
