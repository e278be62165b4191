"""docs/review.md names every setting with its default and what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.attribute_docs import attribute_docs
from proxy.review.plan import ReviewPlan

DOCS = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ReviewPlan.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    field = ReviewPlan.model_fields[name]
    assert f"| `{name}` | `{field.default}` | {attribute_docs(ReviewPlan)[name]} |" in DOCS
