"""Conversations of a canary weighed by four figures at once: a bad candidate is found in time, a good one stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.ledger.rehearsal.canaries import FIGURES, ArmConversation
from proxy.rehearsal.canary.planning import plan
from proxy.rehearsal.canary.weighing import Weighing, read_evidence
from proxy.rules.candidate_options import Canary

HALF = Canary(share=0.5)
SEEDS = range(20)


def conversations(rates: dict[str, float], count: int, seed: int, stratum: str = "") -> list[ArmConversation]:
    """So many of each side, in turn; ``rates`` is how often a figure is bad by side, one in ten the others."""
    random = np.random.default_rng(seed)
    return [
        ArmConversation(
            arm,
            stratum,
            {name: float(random.random() < (rate if name == "unsupported" else 0.1)) for name in FIGURES},
        )
        for _ in range(count)
        for arm, rate in rates.items()
    ]


def rolled_back(rates: dict[str, float], count: int, seed: int) -> bool:
    return Weighing.of(HALF)({}, conversations(rates, count, seed))[1] is not None


def test_a_bad_one_is_found_within_the_planned_number_and_a_good_one_stays() -> None:
    alarm = HALF.false_alarm / len(HALF.guards.margins())
    planned = plan(0.05, 0.4, 0.02, 0.5, longest=300, false_alarm=alarm).conversations
    assert planned is not None and planned < 120
    found = [rolled_back({"candidate": 0.4, "control": 0.05}, planned, seed) for seed in SEEDS]
    assert sum(found) >= 18
    assert not any(rolled_back({"candidate": 0.05, "control": 0.05}, planned, seed) for seed in SEEDS)


def test_routes_with_another_share_are_compared_by_themselves() -> None:
    """Half of a hard route's customers and a twentieth of an easy one's: all in all the candidate looks worse."""
    weigh = Weighing.of(Canary(share=0.05, by_route={"hard": 0.5}))
    easy = [
        ArmConversation(arm, "", dict.fromkeys(FIGURES, 0.0)) for arm in ("candidate", *["control"] * 19)
    ] * 5
    hard = [
        ArmConversation(arm, "hard", dict.fromkeys(FIGURES, 1.0)) for arm in ("candidate", "control")
    ] * 95
    evidence, why = weigh({}, [*easy, *hard])
    assert why is None
    found = read_evidence(evidence)
    assert (found["unsupported"].candidate.text, found["unsupported on hard"].candidate.text) == (
        "0 of 5 (0.0%)",
        "95 of 95 (100.0%)",
    )
    bad_on_hard = [
        ArmConversation(arm, "hard", dict.fromkeys(FIGURES, float(arm == "candidate")))
        for arm in ("candidate", "control")
    ] * 30
    assert (weigh({}, bad_on_hard)[1] or "").startswith("unsupported on hard: worse than allowed.")


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=30), st.integers(0, 30))
def test_what_is_weighed_in_bites_comes_to_the_same(given: list[tuple[bool, float]], cut: int) -> None:
    every = [
        ArmConversation("candidate" if side else "control", "", dict.fromkeys(FIGURES, figure))
        for side, figure in given
    ]
    weigh = Weighing.of(HALF)
    kept, _ = weigh({}, every[:cut])
    assert weigh(kept, every[cut:]) == weigh({}, every)


def test_a_guard_that_is_left_out_is_not_weighed() -> None:
    found, _ = Weighing({"failed": 0.01}, 0.05)({}, conversations({"candidate": 1.0, "control": 0.0}, 50, 0))
    assert set(found) == {"failed"}
    assert read_evidence(found)["failed"].false_alarm == pytest.approx(0.05)
