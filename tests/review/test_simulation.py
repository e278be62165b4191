"""Under ten times the load people miss no more than on an ordinary day; those of a plain queue do."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from proxy.actions.course import Course, course_for
from proxy.corpus.documents import Risk
from proxy.review.capacity import Capacity
from proxy.review.simulation.charts import draw
from proxy.review.simulation.comparing import OURS, PLAIN, Point, compare
from proxy.review.simulation.day import Day
from proxy.review.simulation.reviewer import SimulatedReviewer
from proxy.review.simulation.world import World

SMALL = World(people=4, hours=4)


@pytest.fixture(scope="module")
def points() -> dict[tuple[str, float], Point]:
    return {(one.design, one.load): one for one in compare(SMALL, loads=(1, 10), days=4)}


def test_errors_that_pass_review_do_not_rise_with_the_load(points: dict[tuple[str, float], Point]) -> None:
    once, tenfold = points[OURS, 1], points[OURS, 10]
    assert tenfold.passed_wrong.low <= once.passed_wrong.high
    assert tenfold.miss_share.low <= once.miss_share.high


def test_those_of_a_plain_queue_do(points: dict[tuple[str, float], Point]) -> None:
    once, tenfold = points[PLAIN, 1], points[PLAIN, 10]
    assert tenfold.passed_wrong.low > 3 * once.passed_wrong.high
    assert tenfold.miss_share.low > once.miss_share.high


def test_low_risk_does_not_queue_without_end_and_high_risk_hardly_waits(
    points: dict[tuple[str, float], Point],
) -> None:
    tenfold = points[OURS, 10]
    assert tenfold.without_people.value > tenfold.arrived.value / 3
    assert tenfold.wait_min["high"].value < 30
    assert points[OURS, 1].without_people.value < points[OURS, 1].arrived.value / 20


def test_what_exceeds_capacity_does_not_queue_without_end(points: dict[tuple[str, float], Point]) -> None:
    """Low risk is answered otherwise; of medium risk only those wait who know how long, and want to."""
    tenfold = points[OURS, 10]
    assert tenfold.unsettled.value < tenfold.arrived.value / 15


def test_the_wait_that_is_told_is_the_one_that_comes() -> None:
    """By people's time alone it would be told as hours less than it is: what comes first takes that time, too."""
    day = Day(World(people=4, hours=4, load=10), ours=True)
    day.run()
    told_s, waited_s = day._wait_s(Risk.MEDIUM), max(day.figures.waiting_s[Risk.MEDIUM])
    assert waited_s / 2 < told_s < 3 * waited_s


def test_a_day_is_the_same_for_the_same_seed() -> None:
    first, again = (Day(World(people=2, hours=1), True, seed=3).run() for _ in range(2))
    assert first == again != Day(World(people=2, hours=1), True, seed=4).run()


def test_every_case_is_settled_answered_otherwise_or_still_waiting() -> None:
    for ours in (True, False):
        told = Day(World(people=3, hours=2, load=4), ours).run()
        assert told.arrived == told.settled + told.quoted + told.told_honestly + told.unsettled


def test_charts_are_svg_with_both_designs(points: dict[tuple[str, float], Point], tmp_path: Path) -> None:
    paths = draw(list(points.values()), tmp_path / "charts")
    assert len(paths) == 3
    for path in paths:
        texts = "".join(ElementTree.parse(path).getroot().itertext())
        assert OURS in texts and PLAIN in texts and "10x" in texts


@pytest.mark.parametrize(("prevalence", "missed"), [(0.5, 0.07), (0.1, 0.16), (0.01, 0.30)])
def test_simulated_people_miss_what_is_rare_as_measured(prevalence: float, missed: float) -> None:
    person = SimulatedReviewer("p", Random(1))
    person.seen.extend([True] * int(40 * prevalence) + [False] * round(40 * (1 - prevalence)))
    assert person.misses(read_share=20) == pytest.approx(missed, abs=0.015)


def test_simulated_people_tire_rest_and_hurry() -> None:
    person = SimulatedReviewer("p", Random(1))
    fresh = person.misses(1)
    for minute in range(60):
        person.works_until(60.0 * (minute + 1), 60)
    tired = person.misses(1)
    person.works_until(3600 + 1800 + 60, 60)
    assert fresh < person.misses(1) < tired < person.misses(0.1)


@pytest.mark.parametrize(
    ("risk", "quotable", "wait_s", "course"),
    [
        (Risk.LOW, True, 900, Course.PEOPLE),
        (Risk.LOW, True, 901, Course.QUOTE),
        (Risk.LOW, False, 901, Course.HONEST),
        (Risk.LOW, False, math.inf, Course.HONEST),
        (Risk.MEDIUM, True, 900, Course.PEOPLE),
        (Risk.MEDIUM, True, 901, Course.HONEST),
        (Risk.MEDIUM, False, 901, Course.HONEST),
        (Risk.HIGH, True, math.inf, Course.PEOPLE),
    ],
)
def test_high_risk_always_goes_to_people_and_medium_risk_is_never_answered_by_quoting(
    risk: Risk, quotable: bool, wait_s: float, course: Course
) -> None:
    assert course_for(risk, quotable=quotable, wait_s=wait_s, most_wait_s=900) is course


def test_capacity_follows_from_people_and_honest_time() -> None:
    team = Capacity(people=6, seconds_per_case=150)
    assert team.per_hour == 144 and team.wait_s(12) == 300
    assert team.people_needed(144) == 8 and Capacity(0, 150).wait_s(1) == math.inf
