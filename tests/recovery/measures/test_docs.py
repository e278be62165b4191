"""docs/recovery.md and the tooltips say the same of each measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.recovery.measures.registry import MEASURES, Measure

DOCS = (Path(__file__).parents[3] / "docs" / "recovery.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("one", MEASURES.values(), ids=lambda one: one.name)
def test_each_measure_is_documented_word_for_word(one: Measure) -> None:
    assert f"| **{one.title}** (`{one.name}`) | {one.words} | {one.formula} | {one.source} |" in DOCS


def test_no_measure_is_documented_that_is_not_there() -> None:
    assert DOCS.count("| **") == len(MEASURES)
