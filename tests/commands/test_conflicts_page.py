"""What docs/conflicts.md shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai

from proxy.authoring.conflicts.intended import INTENDED_FILE
from proxy.authoring.conflicts.opposition import Kind
from proxy.authoring.probe.kinds import Attack

__all__ = ["cxai"]

PAGE = (Path(__file__).parents[2] / "docs/conflicts.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def documents(tmp_path: Path) -> None:
    """The page's help page, and the price list that contradicts it."""
    (tmp_path / "policy_corpus").mkdir()
    help_page = blocks("markdown")[0]
    (tmp_path / "policy_corpus/changes.md").write_text(help_page)
    prices = help_page.replace("Changing a ticket", "Prices for changes").replace("$50", "$75")
    (tmp_path / "policy_corpus/prices.md").write_text(prices)


def without_certainty(text: str) -> str:
    return re.sub(r"certainty [\d.]+", "certainty", text)


def test_the_example_is_reported_as_it_is_shown(cxai: Cxai) -> None:
    ran = cxai("corpus", "conflicts", "policy_corpus", "--as-of", "2026-06-01")
    assert ran.status == 1
    assert without_certainty(blocks("text")[0]) in without_certainty(ran.out)


def test_the_mark_that_is_shown_takes_it_out(cxai: Cxai, tmp_path: Path) -> None:
    (tmp_path / "policy_corpus" / INTENDED_FILE).write_text(blocks("yaml")[0])
    ran = cxai("corpus", "conflicts", "policy_corpus", "--as-of", "2026-06-01")
    assert ran.status == 0 and "0 conflicts, 1 marked as intended" in ran.out


@pytest.mark.parametrize("kind", [*Kind, *(attack for attack in Attack if attack is not Attack.NONE)])
def test_every_kind_is_named(kind: str) -> None:
    assert kind in " ".join(PAGE.split())
