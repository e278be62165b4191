"""A bad candidate is rolled back within the stated number of conversations, a good one hardly ever."""

from __future__ import annotations

import numpy as np
import pytest

from proxy.rehearsal.canary.evidence import FALSE_ALARM, Evidence, Observed
from proxy.rehearsal.canary.planning import money_over_time, plan, rolled_back_at

SETTINGS = [  # control, bad candidate, margin, share of customers
    (0.02, 0.08, 0.01, 0.1),
    (0.10, 0.30, 0.0, 0.5),
]


@pytest.mark.parametrize(("control", "bad", "margin", "share"), SETTINGS)
def test_what_was_stated_holds_in_runs_that_the_statement_was_not_made_from(
    control: float, bad: float, margin: float, share: float
) -> None:
    stated = plan(control, bad, margin, share, longest=600)
    assert stated.conversations is not None and stated.found.low >= 0.95
    fresh = np.random.default_rng(99)
    runs = 1000
    found = rolled_back_at(bad, control, margin, share, runs, stated.conversations, FALSE_ALARM, fresh)
    assert np.isfinite(found).mean() >= 0.95
    false = rolled_back_at(control, control, margin, share, runs, 600, FALSE_ALARM, fresh)
    assert np.isfinite(false).mean() <= FALSE_ALARM


def test_looking_after_every_conversation_costs_nothing_even_at_the_edge_of_what_is_allowed() -> None:
    """The worst good candidate: exactly ``margin`` worse, with no room between."""
    random = np.random.default_rng(4)
    false = rolled_back_at(0.12, 0.10, 0.02, 0.5, 500, 1500, FALSE_ALARM, random)
    assert np.isfinite(false).mean() <= FALSE_ALARM


def test_an_hour_in_which_all_is_worse_rolls_nothing_back() -> None:
    evidence, random = Evidence("unsupported delivered", margin=0.02), np.random.default_rng(1)
    for rate in (0.02,) * 200 + (0.6,) * 400:
        evidence = evidence.with_control(float(random.random() < rate)).with_candidate(
            float(random.random() < rate)
        )
    assert not evidence.breached and evidence.candidate.mean > 0.3


def test_step_by_step_it_is_what_was_planned_with() -> None:
    random = np.random.default_rng(7)
    evidence, at = Evidence("wrong block", margin=0.01), None
    for number in range(1, 600):
        evidence = evidence.with_control(float(random.random() < 0.02))
        evidence = evidence.with_candidate(float(random.random() < 0.25))
        at = at or (number if evidence.breached else None)
    random = np.random.default_rng(7)
    pairs = np.array([(random.random() < 0.02, random.random() < 0.25) for _ in range(599)], dtype=float)
    money = money_over_time((pairs[:, 1] - pairs[:, 0])[None], 0.01)[0]
    assert at == int(np.argmax(money >= np.log(20))) + 1
    assert evidence.most == pytest.approx(money.max())


def test_a_breach_stays_one_and_gives_its_reason() -> None:
    evidence = Evidence("unsupported delivered", margin=0.01)
    for _ in range(30):
        evidence = evidence.with_control(0.0).with_candidate(1.0)
    assert evidence.breached and evidence.p_value < 0.05
    for _ in range(500):
        evidence = evidence.with_control(1.0).with_candidate(0.0)
    assert evidence.breached
    assert evidence.reason.startswith(
        "unsupported delivered: worse than allowed. Candidate 30 of 530 (5.7%), control 500 of 530 (94.3%),"
        " allowed 1 points more. Evidence "
    )


def test_a_block_waits_for_its_other_side() -> None:
    evidence = Evidence("latency", margin=0.0)
    for _ in range(50):
        evidence = evidence.with_candidate(1.0)
    assert evidence.most == 0.0 and evidence.open_candidate == Observed(50.0, 50)
    assert evidence.with_control(0.0).most > 0.0


@pytest.mark.parametrize("figure", [-0.1, 1.1, float("nan")])
def test_what_is_no_figure_from_0_to_1_is_refused(figure: float) -> None:
    with pytest.raises(ValueError, match=r"from 0 \(well\) to 1 \(bad\)"):
        Evidence("latency", margin=0.0).with_candidate(figure)


def test_a_margin_or_a_false_alarm_rate_that_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="the margin of latency must be"):
        Evidence("latency", margin=1.0)
    with pytest.raises(ValueError, match="the false alarm rate must be"):
        Evidence("latency", margin=0.1, false_alarm=0.0)
