"""Suites drawn by a stated process: the seed tells which, nothing comes twice, and the shares are those stated."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.rehearsing import TRUE, shop, suite_of, turn

from proxy.rehearsal.suite.drawing import Draw, drawn, read_draws
from proxy.rehearsal.suite.reading import Suite, SuiteError, open_suite

__all__ = ["cxai"]  # a fixture
DRAWS = "pilot: {number: 4, mix: {easy: 1.0}}\nlive: {number: 8, mix: {easy: 0.25, hard: 0.75}, with: [typos=0.5]}\n"


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    (tmp_path / "draws.yaml").write_text(DRAWS, encoding="utf-8")
    named = [
        shop(f"{segment}-{number}", turn(TRUE)).model_copy(update={"segment": segment})
        for segment in ("easy", "hard")
        for number in range(30)
    ]
    return open_suite(suite_of(tmp_path / "suite.jsonl", *named))


def test_a_seed_draws_the_same_and_nothing_twice(suite: Suite) -> None:
    live = read_draws(suite.file.parent)["live"]
    head, first = drawn(suite, "live", live, 1)
    assert (head.suite, head.sampling.seed, head.sampling.how) == (
        "shop-live", 1, "drawn by segment: easy 25%, hard 75%"
    )  # fmt: skip
    assert [one.id for one in first] == [one.id for one in drawn(suite, "live", live, 1)[1]]
    assert [one.id for one in first] != [one.id for one in drawn(suite, "live", live, 2)[1]]
    assert len({one.id for one in first}) == 8


def test_the_shares_are_those_stated(suite: Suite) -> None:
    draw = Draw(number=8, mix={"easy": 0.25, "hard": 0.75})
    segments = Counter(one.segment for seed in range(100) for one in drawn(suite, "live", draw, seed)[1])
    assert segments["hard"] / segments.total() == pytest.approx(0.75, abs=0.05)


def test_where_a_segment_has_none_left_the_others_stand_for_it(suite: Suite) -> None:
    draw = Draw(number=31, mix={"easy": 0.99, "hard": 0.01})
    taken = drawn(suite, "all", draw, 1, {f"easy-{number}" for number in range(20)})[1]
    assert Counter(one.segment for one in taken) == {"easy": 10, "hard": 21}


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (Draw(number=5, mix={"odd": 1.0}), "no conversation is of the segment odd"),
        (
            Draw(number=61, mix={"easy": 0.5, "hard": 0.5}),
            "61 conversations are to be drawn, and 60 are there",
        ),
    ],
)
def test_what_cannot_be_drawn_is_named(suite: Suite, draw: Draw, told: str) -> None:
    with pytest.raises(SuiteError, match=told):
        drawn(suite, "pilot", draw, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pilot: {number: 4, mix: {easy: 0.5}}", "the shares of mix sum to 0.5, not to 1"),
        ("pilot: {number: 0, mix: {easy: 1.0}}", "pilot.number"),
        ("pilot: {number: 4, mixed: {easy: 1.0}}", "pilot.mix"),
        ("pilot: [", "draws.yaml"),
    ],
)
def test_a_process_that_cannot_be_read_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "draws.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError, match=told):
        read_draws(tmp_path)


def test_the_command_draws_what_a_pilot_does_not_have(cxai: Cxai, suite: Suite, tmp_path: Path) -> None:
    assert cxai("rehearse", "draw", ".", "pilot", "--to", "pilot.jsonl").status == 0
    ran = cxai("rehearse", "draw", ".", "live", "--without", "pilot.jsonl", "--to", "live.jsonl")
    assert "live.jsonl: 8 conversations of 56, 8 turns; drawn by segment: easy 25%" in ran.out
    assert "Play it with --with typos=0.5" in ran.out
    pilot, live = (
        {one.id for one in open_suite(tmp_path / f"{name}.jsonl").conversations()}
        for name in ("pilot", "live")
    )
    assert len(pilot) == 4 and not pilot & live
    again = cxai("rehearse", "draw", ".", "live", "--to", "live.jsonl")
    assert again.status == 2 and "is there already" in again.err
    other = cxai("rehearse", "draw", ".", "mine", "--to", "mine.jsonl")
    assert other.status == 2 and 'no process "mine"; draws.yaml states pilot, live' in other.err
