"""How long a job still takes is said with its spread, and not before something is known."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from proxy.jobs.forecast import LEAST_PARTS, forecast

PARTS = st.lists(st.tuples(st.integers(1, 50), st.floats(0.001, 100)), min_size=LEAST_PARTS, max_size=60)


def test_nothing_is_foretold_of_too_little() -> None:
    assert forecast([(25, 1.0)] * (LEAST_PARTS - 1), 1000) is None
    assert forecast([(25, 1.0)] * LEAST_PARTS, 1000) is not None


def test_equal_parts_leave_no_doubt() -> None:
    found = forecast([(25, 2.0)] * 10, 100)
    assert found is not None
    assert abs(found.likely_s - 8.0) < 1e-9 and found.least_s == found.most_s == found.likely_s


@given(PARTS, st.integers(0, 100_000), st.integers(1, 64))
def test_what_is_likely_lies_within_its_bounds(
    parts: list[tuple[int, float]], left: int, at_once: int
) -> None:
    found = forecast(parts, left, at_once)
    assert found is not None
    assert 0 <= found.least_s <= found.likely_s + 1e-9 and found.likely_s <= found.most_s + 1e-9


def test_nine_of_ten_forecasts_hold() -> None:
    """Parts whose times differ as those of answers of different lengths do."""
    random = Random(7)
    held, tries = 0, 400
    for _ in range(tries):
        times = [random.lognormvariate(0.0, 0.5) for _ in range(120)]
        found = forecast([(25, seconds) for seconds in times[:30]], 25 * 90)
        assert found is not None
        held += found.least_s <= sum(times[30:]) <= found.most_s
    assert 0.85 <= held / tries <= 0.95, f"{held} of {tries}"
