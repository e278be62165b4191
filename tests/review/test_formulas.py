"""docs/review.md: a formula that stands there, worked out as it is written, gives what the code gives."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.reviewing import NOON, review

from proxy.intervals import Rate
from proxy.review.alarms import Sign, persons_alarms
from proxy.review.capacity import Capacity
from proxy.review.dwell import floor_ms
from proxy.review.error_rate import corrected, estimate
from proxy.review.figures import figures

DOCS = " ".join((Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8").split())
OBSERVED = [(True, 50.0), (False, 50.0), (False, 10.0), (True, 10.0), (False, 10.0)]
Y, W = (np.array(column, dtype=float) for column in zip(*OBSERVED, strict=True))


def worked_out(formula: str, **values: Any) -> float:
    """The formula, which has to stand in the docs, with its signs as Python writes them."""
    assert formula in DOCS
    python = re.sub(r"(?<=\d),(?=\d{3})", "", formula)
    python = python.replace("(Σ w)²", "np.sum(w)**2")
    python = re.sub(r"Σ (.+?)(?= / |$)", r"np.sum(\1)", python)
    for sign, ours in (("·", "*"), ("×", "*"), ("²", "**2"), ("^", "**")):
        python = python.replace(sign, ours)
    for name in sorted(values, key=len, reverse=True):
        python = python.replace(name.replace("_", " "), name)
    return float(eval(python, {"np": np}, values))


def test_the_floor() -> None:
    formula = "60,000 × (words of the claim + words of the passage beside it) / 300"
    values = {"words_of_the_claim": 7, "words_of_the_passage_beside_it": 31}
    assert worked_out(formula, **values) == floor_ms("word " * 7, "word " * 31)


def test_the_share_of_delivered_answers_that_are_wrong() -> None:
    found = estimate(OBSERVED, 2_000)
    assert found is not None
    assert worked_out("Σ w·y / Σ w", w=W, y=Y) == pytest.approx(found.share)
    assert worked_out("Σ w·y / N", w=W, y=Y, N=2_000) == pytest.approx(found.horvitz_thompson)
    variance = worked_out("Σ w²·(1 - 1/w)·(y - share)² / (Σ w)²", w=W, y=Y, share=found.share)
    alike = worked_out("share·(1 - share) / variance", share=found.share, variance=variance)
    assert min(alike, len(OBSERVED)) == pytest.approx(found.effective_n)


def test_how_many_answers_alike_a_sample_is_in_which_nothing_is_wrong() -> None:
    found = estimate([(False, weight) for weight in W], 2_000)
    assert found is not None
    assert worked_out("(Σ w)² / Σ w²", w=W) == pytest.approx(found.effective_n)


def test_the_share_corrected_by_what_people_miss() -> None:
    team = figures([review(1)])
    assert team is not None
    seen = replace(team, caught=Rate(8, 10), passed=Rate(19, 20))
    told = worked_out("(share - (1 - passed)) / (caught - (1 - passed))", share=0.2, passed=0.95, caught=0.8)
    assert told == pytest.approx(corrected(0.2, seen))


def test_what_people_can_do() -> None:
    six = Capacity(6, 150.0)
    values = {"people": 6, "seconds_per_case": 150.0}
    assert worked_out("3,600 × people / seconds per case", **values) == six.per_hour
    assert worked_out("cases waiting × seconds per case / people", cases_waiting=30, **values) == six.wait_s(
        30
    )
    needed = worked_out("cases per hour × seconds per case / (3,600 × 0.85)", cases_per_hour=300, **values)
    assert math.ceil(needed) == six.people_needed(300)


def test_how_often_a_run_of_approvals_comes_by_chance() -> None:
    others = [review(n, ("contradicted" if n % 5 == 0 else "supported",), who="bob") for n in range(100)]
    anns = [review(n, at=NOON + timedelta(minutes=n)) for n in range(90)]
    team = figures([*others, *anns])
    assert team is not None
    (alarm,) = [one for one in persons_alarms([*others, *anns], "ann", team) if one.sign is Sign.STREAK]
    expected = worked_out("n·(1 - p)·p^L", n=90, p=team.approved.high, L=90)
    assert f"that comes by chance {expected:.1g} times in 90 reviews" in alarm.words
