"""``cxai rehearse shadow``: both sides of each copy compared, with intervals, and those named that differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.command_line import Cxai, cxai

from proxy.ledger.ledger import Ledger
from proxy.ledger.rehearsal.shadows import ShadowAnswer, Side

__all__ = ["cxai"]

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
GOOD = Side("deliver", verified=True, confidence=0.9, unsupported=False, ms=40.0)
BAD = Side("rewrite", verified=True, confidence=0.2, unsupported=True, ms=80.0)


def pairs(folder: Path, changes: str, *candidate: Side) -> None:
    with Ledger.open(f"sqlite:///{folder / 'data' / 'cxai.db'}") as ledger:
        for number, side in enumerate(candidate):
            at = NOW + timedelta(minutes=number if changes == "c-2" else number - 600)
            ledger.shadows.add(
                ShadowAnswer(f"{changes}-{number}", "next", changes, at, f"{number}", GOOD, side)
            )


def test_both_sides_are_compared_and_an_earlier_candidate_of_the_name_is_left_out(
    cxai: Cxai, tmp_path: Path
) -> None:
    pairs(tmp_path, "c-1", *[BAD] * 5)
    pairs(tmp_path, "c-2", *[GOOD] * 30, *[BAD] * 10)
    ran = cxai("rehearse", "shadow", "next", "--limit", "2")
    assert ran.status == 0, ran.err
    assert (
        "next: 40 answers of what runs, and the candidate's to the same requests; 5 pairs of an earlier"
        in ran.out
    )
    row = next(line for line in ran.out.splitlines() if "all supported" in line)
    assert "100.0%" in row and "75.0%" in row and "-25.0 points" in row and "10 worse, p = 0.002" in row
    assert "Half of the answers took 40, 40 ms, 99 of 100 at most 40, 80 ms (live, candidate)." in ran.out
    assert "Decided otherwise: 10" in ran.out and ran.out.count("deliver, candidate rewrite") == 2


def test_each_pair_as_json(cxai: Cxai, tmp_path: Path) -> None:
    pairs(tmp_path, "c-1", GOOD, replace(BAD, decision="error"))
    told = cxai("rehearse", "shadow", "next", "--json").json_lines()
    assert {(one["live"]["decision"], one["candidate"]["decision"]) for one in told} == {
        ("deliver", "deliver"), ("deliver", "error"),
    }  # fmt: skip


def test_nothing_to_compare_is_said(cxai: Cxai, tmp_path: Path) -> None:
    pairs(tmp_path, "c-1", GOOD)
    ran = cxai("rehearse", "shadow", "other")
    assert (ran.status, ran.err) == (
        2,
        'cxai: "other": there is nothing to compare: no copy has been answered yet\n',
    )
