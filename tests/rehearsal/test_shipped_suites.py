"""What a pilot drawn from a shipped suite predicts holds in the production that is drawn from it by another process."""

from __future__ import annotations

import pytest
from support.shipped_suites import NAMES, forecasts, held

from proxy.rehearsal.report.answers import GOOD
from proxy.rehearsal.report.predicting import Predicted

DRAWS = 50


@pytest.fixture(scope="module", params=NAMES)
def found(request: pytest.FixtureRequest) -> list[Predicted]:
    """Of so many seeds; each answer was played once, alone and as production treats it."""
    return list(forecasts(request.param, GOOD, range(DRAWS), draws=500))


def test_over_fifty_draws_of_production_the_interval_holds_what_came(found: list[Predicted]) -> None:
    share = held(found)
    assert share.n == DRAWS and 0.85 <= share.hits / share.n <= 0.99


def test_the_pilot_flatters_and_the_forecast_does_not(found: list[Predicted]) -> None:
    pilot = sum(one.forecast.pilot.share for one in found) / DRAWS
    predicted = sum(one.forecast.prediction.value for one in found) / DRAWS
    came = sum(one.came.share for one in found if one.came) / DRAWS
    assert pilot > came + 0.05 and abs(predicted - came) < pilot - came
