"""docs/recovery.md names every setting, source and field of an import."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.attribute_docs import attribute_docs
from proxy.recovery.detecting.imported import FIELDS
from proxy.recovery.detecting.plan import DetectingPlan
from proxy.recovery.detecting.registry import SOURCES

DOCS = (Path(__file__).parents[3] / "docs" / "recovery.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DetectingPlan.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    field = DetectingPlan.model_fields[name]
    assert f"| `{name}` | `{field.default}` | {attribute_docs(DetectingPlan)[name]} |" in DOCS


@pytest.mark.parametrize("name", [*SOURCES, *FIELDS])
def test_every_source_and_field_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCS
