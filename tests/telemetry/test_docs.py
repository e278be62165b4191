"""docs/tracing.md names every attribute and metric of ours, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proxy.settings import Settings, variable_of
from proxy.telemetry import names
from proxy.telemetry.metrics import Metrics

TEXT = (Path(__file__).parents[2] / "docs" / "tracing.md").read_text(encoding="utf-8")
CONSTANTS = {value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)}
CODE = set(re.findall(r"`([^`\n]+)`", TEXT)) | set(re.findall(r"\b(?:cxai|gen_ai)\.[a-z_.]+(?==)", TEXT))


def scraped_names() -> set[str]:
    page, _ = Metrics().render()
    found = re.findall(r"^# TYPE (cxai_\w+) ", page.decode(), flags=re.MULTILINE)
    return {name for name in found if not name.endswith("_created")}


def test_every_attribute_of_ours_is_documented() -> None:
    ours = {name for name in CONSTANTS if name.startswith("cxai.")} - {names.SCOPE}
    assert ours - CODE == set()


def test_no_attribute_is_documented_that_is_not_sent() -> None:
    mentioned = {word.split("=")[0] for code in CODE for word in code.split()}
    documented = {word for word in mentioned if re.fullmatch(r"(?:cxai|gen_ai)\.[a-z_.]+", word)}
    assert documented - CONSTANTS == set()


def test_the_metrics_are_those_that_are_scraped() -> None:
    documented = {word for word in CODE if re.fullmatch(r"cxai_\w+", word)}
    assert documented == scraped_names()


def test_each_setting_that_is_named_exists() -> None:
    mentioned = set(re.findall(r"CXAI_[A-Z_]+", TEXT))
    assert mentioned <= {variable_of(name) for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(CONSTANTS))
def test_names_are_well_formed(name: str) -> None:
    assert name == name.strip()
    if name.startswith(("cxai.", "gen_ai.")):
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name)
