"""``policies/candidate.yaml``: what is tried, each mistake with its place and remedy, live as all policies are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from proxy.attribute_docs import attribute_docs
from proxy.rules.candidate_options import (
    Canary,
    CandidateOptions,
    Changes,
    Guards,
    ShadowOptions,
)
from proxy.rules.parts import parts_of
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from

DOCS = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text(encoding="utf-8")
PATH = "policies/candidate.yaml"
GOOD = "name: next\nchanges: {model: small}\ncanary: {share: 0.05}\n"
NONE = "{slow: null, failed: null, unsupported: null, escalated: null}"
MISTAKES = {
    "nmae: next": 'unknown key "nmae"; did you mean "name"?',
    "name: next\nchanges: {}\ncanary: {share: 0.1}": ':2: "changes" must change something: model, ',
    "name: next\nchanges: {mdel: small}\ncanary: {share: 0.1}": 'unknown key "changes.mdel"; did you mean "model"?',
    "name: next\nchanges: {model: small}": 'needs "shadow" or "canary"',
    "name: next\nchanges: {model: small}\ncanary: {share: 2}": ':3: "canary.share" is 2',
    "name: next\nchanges: {verifier: bult}\ncanary: {share: 0.1}": 'has no kind "bult"; did you mean "builtin"?',
    "name: next\nchanges: {corpus: 3}\ncanary: {share: 0.1}": "must be a folder, as seen from the policies folder",
    "name: next\nchanges: {model: small}\ncanary: {share: 0.1, quiet: 0s}": "must be more than 0s and at most 1d",
    f"name: next\nchanges: {{model: small}}\ncanary:\n  share: 0.1\n  guards: {NONE}": "must keep at least one guard",
}


def candidate(text: str) -> CandidateOptions:
    found = policies_from({PATH: text}).candidate
    assert found is not None
    return found


def test_without_the_file_nothing_is_tried() -> None:
    assert policies_from({}).candidate is None


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_place(text: str) -> None:
    with pytest.raises(PoliciesError) as raised:
        policies_from({PATH: text})
    told = [str(one) for one in raised.value.problems]
    assert any(one.startswith(PATH) and MISTAKES[text] in one for one in told), told


def test_one_file_names_the_candidate() -> None:
    with pytest.raises(
        PoliciesError, match=r"candidate.yml: a candidate is already named in policies/candidate.yaml"
    ):
        policies_from({PATH: GOOD, "policies/candidate.yml": GOOD})


def test_a_candidate_is_part_of_what_is_audited() -> None:
    before, now = policies_from({}), policies_from({PATH: GOOD})
    assert before.version != now.version
    assert "candidate next" in parts_of(now, {}) and "candidate next" not in parts_of(before, {})


def test_a_larger_share_goes_on_with_what_was_found_and_another_model_begins_anew() -> None:
    one = candidate(GOOD)
    assert candidate(GOOD.replace("0.05", "0.5")).changes_version == one.changes_version
    for other in (GOOD.replace("small", "large"), GOOD.replace("0.05", "0.05, guards: {slow: null}")):
        assert candidate(other).changes_version != one.changes_version


def documented(prefix: str) -> set[str]:
    section = DOCS.split("## The candidate\n", 1)[1].split("\n## ", 1)[0]
    keys = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return {
        key.removeprefix(prefix)
        for cell in keys
        for key in re.findall(r"`([\w.]+)`", cell)
        if key.startswith(prefix)
    }


def test_every_key_is_documented() -> None:
    assert {key.partition(".")[0] for key in documented("")} == set(CandidateOptions.model_fields)
    parts: dict[str, type[BaseModel]] = {"changes": Changes, "shadow": ShadowOptions, "canary": Canary}
    for prefix, model in parts.items():
        assert documented(f"{prefix}.") == set(model.model_fields), prefix
        assert set(attribute_docs(model)) == set(model.model_fields)
    section = DOCS.split("## Canary: a share of customers\n", 1)[1].split("\n## ", 1)[0]
    margins = dict(re.findall(r"^\| `(\w+)` \| .+ \| (\d+) points? \|$", section, re.MULTILINE))
    assert {name: int(points) / 100 for name, points in margins.items()} == Guards().margins()


def test_the_documented_example_is_valid() -> None:
    example = DOCS.split("## The candidate\n", 1)[1].split("```yaml\n", 1)[1].split("```", 1)[0]
    assert candidate(example).name == "smaller-model"
