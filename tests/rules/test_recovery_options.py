"""``policies/recovery.yaml``: the targets, live as all policies are, each mistake with its place and remedy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from proxy.attribute_docs import attribute_docs
from proxy.rules.live import LivePolicies
from proxy.rules.policies import Policies
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from
from proxy.rules.recovery_options import BUILT_IN_RECOVERY, RecoveryOptions, Within

DOCS = (Path(__file__).parents[2] / "docs" / "recovery.md").read_text(encoding="utf-8")
MISTAKES = {
    "withn: {high: 1d}": 'policies/recovery.yaml:1: unknown key "withn"; did you mean "within"?',
    "within: {hihg: 1d}": 'policies/recovery.yaml:1: unknown key "within.hihg"; did you mean "high"?',
    "within:\n  high: soon": "policies/recovery.yaml:2: ",
    "within:\n  low: 0s": "policies/recovery.yaml:2: ",
    "within: {high: 500d}": "policies/recovery.yaml:1: ",
    "share: 1.0": "policies/recovery.yaml:1: ",
    "share: most": "policies/recovery.yaml:1: ",
    "[high]": "policies/recovery.yaml:1: must be a mapping",
}


def policies(text: str, name: str = "recovery.yaml") -> Policies:
    return policies_from({f"policies/{name}": text})


def test_what_is_left_out_is_as_built_in() -> None:
    assert policies_from({}).recovery == BUILT_IN_RECOVERY
    found = policies("within: {high: 6h}\nshare: 0.95").recovery
    assert found.within == Within(high=timedelta(hours=6))
    assert found.share == 0.95
    assert found.within.of("high") == timedelta(hours=6)
    assert found.within.of("nobody knows this one") == found.within.medium


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_place(text: str) -> None:
    with pytest.raises(PoliciesError) as raised:
        policies(text)
    assert any(str(one).startswith(MISTAKES[text]) for one in raised.value.problems), str(raised.value)


def test_two_files_are_one_too_many() -> None:
    with pytest.raises(
        PoliciesError, match=r"recovery.yml: the targets are already set in policies/recovery.yaml"
    ):
        policies_from({"policies/recovery.yaml": "share: 0.9", "policies/recovery.yml": "share: 0.8"})


def test_targets_stand_in_their_own_file() -> None:
    with pytest.raises(PoliciesError, match='unknown key "within"'):
        policies("within: {high: 1d}", "rules.yaml")


def test_a_changed_target_is_live_and_a_broken_one_leaves_the_last(tmp_path: Path) -> None:
    live = LivePolicies(tmp_path)
    before = live.current.version
    (tmp_path / "recovery.yaml").write_text("share: 0.99", encoding="utf-8")
    live.reload()
    assert live.current.recovery.share == 0.99 and live.current.version != before
    (tmp_path / "recovery.yaml").write_text("share: 99", encoding="utf-8")
    live.reload()
    assert live.problems and live.current.recovery.share == 0.99


def test_every_key_is_documented() -> None:
    for options in (RecoveryOptions, Within):
        assert attribute_docs(options).keys() == options.model_fields.keys()
    for name in ("share", *(f"within.{name}" for name in Within.model_fields)):
        assert f"| `{name}` |" in DOCS
