"""``make rehearsal``, with a small suite in the place of the shipped ones: every command that it shows works."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.rehearsed import of
from support.rehearsing import settle_in, suite_of

from proxy.demo.rehearsal import COMPANIES, Company, rehearse
from proxy.rehearsal.suite.drawing import drawn, read_draws
from proxy.rehearsal.suite.reading import open_suite

DRAWS = """
pilot: {number: 6, mix: {returns: 1.0}}
production: {number: 6, mix: {returns: 0.5, refunds: 0.5}, with: [typos=0.5]}
"""


def test_a_page_and_a_register_come_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settle_in(tmp_path)
    suite_of(tmp_path / "suite.jsonl", *of("shop", returns=10, refunds=6))
    (tmp_path / "draws.yaml").write_text(DRAWS, encoding="utf-8")
    (out := tmp_path / "out").mkdir()
    rehearse(Company("shop", tmp_path, tmp_path / "corpus"), out)
    told = capsys.readouterr().out
    for command in ("draw", "run", "predict", "report", "outcomes"):
        assert f"$ cxai rehearse {command} " in told
    assert "100.0% in the pilot (6 of 6)" in told and "came: " in told
    assert "What came" in (out / "shop.html").read_text("utf-8") and (out / "cxai.db").exists()


@pytest.mark.parametrize("company", COMPANIES, ids=lambda one: one.name)
def test_the_shipped_suites_can_be_drawn_from(company: Company) -> None:
    suite, draws = open_suite(company.suite), read_draws(company.suite)
    _, pilot = drawn(suite, "pilot", draws["pilot"], 1)
    _, live = drawn(suite, "production", draws["production"], 1, {one.id for one in pilot})
    assert all(any(turn.labels for turn in one.turns) for one in (*pilot, *live))
