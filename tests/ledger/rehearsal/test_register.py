"""What was predicted stays as it was said, and is held to the first thing that is known of what came."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from support.customers import NOON

from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.rehearsal.register import Held, Prediction, PredictionOutcome, RehearsalReport, coverage
from proxy.ledger.schema import predictions

REPORT = RehearsalReport("RR-1", NOON, "ana", {"suite": "pilot", "worst": [{"said": "Yes.\x00"}]})


def prediction(id: str = "RR-1-good", days: int = 0, **changed: float) -> Prediction:
    begins = NOON + timedelta(days=days)
    shares = {"value": 0.7, "low": 0.6, "high": 0.8, **changed}
    return Prediction(
        id=id, report_id="RR-1", at=NOON, actor="ana", suite="pilot", measure="good", pilot=0.93, n=500,
        since=begins, until=begins + timedelta(days=30), made_from={"suite": "ab"}, **shares,
    )  # fmt: skip


def outcome(share: float, id: str = "RR-1-good") -> PredictionOutcome:
    return PredictionOutcome(id, NOON, "ana", "results", share, share - 0.05, share + 0.05, 100)


def test_a_prediction_is_kept_with_its_report(ledger: Ledger) -> None:
    ledger.rehearsals.keep(REPORT, [prediction()])
    assert ledger.rehearsals.register("default") == [Held(prediction())]
    [kept] = ledger.rehearsals.reports("default")
    assert kept == ledger.rehearsals.report("default", "RR-1") and kept.report["suite"] == "pilot"
    assert ledger.rehearsals.reports("other") == ledger.rehearsals.register("other") == []
    assert ledger.rehearsals.report("other", "RR-1") is None


def test_the_database_itself_refuses_to_change_a_prediction(ledger: Ledger) -> None:
    ledger.rehearsals.keep(REPORT, [prediction()])
    changed = update(predictions).values(low=0.0)
    with pytest.raises(LedgerError, match="append-only"):
        ledger._writer.submit(lambda connection: connection.execute(changed)).result()
    assert ledger.rehearsals.register("default") == [Held(prediction())]


@pytest.mark.parametrize("days", [-1, -40])
def test_what_has_begun_is_not_predicted(ledger: Ledger, days: int) -> None:
    with pytest.raises(ValueError, match="still to come"):
        ledger.rehearsals.keep(REPORT, [prediction(days=days)])
    assert ledger.rehearsals.reports("default") == []


def test_the_first_outcome_is_the_one_that_counts(ledger: Ledger) -> None:
    ledger.rehearsals.keep(REPORT, [prediction(), prediction("RR-1-other")])
    ledger.rehearsals.came([outcome(0.5)])
    ledger.rehearsals.came([outcome(0.7), outcome(0.65, "RR-1-other")])
    good, other = ledger.rehearsals.register("default", report_id="RR-1")
    assert [one.share for one in good.outcomes] == [0.5, 0.7] and good.held is False
    assert other.held is True
    share = coverage([good, other, Held(prediction())])
    assert (share.hits, share.n) == (1, 2)


def test_nothing_comes_of_what_was_not_predicted(ledger: Ledger) -> None:
    with pytest.raises(LedgerError):
        ledger.rehearsals.came([outcome(0.5, "RR-9-good")])


def test_reports_go_by_retention_and_predictions_stay(ledger: Ledger) -> None:
    ledger.rehearsals.keep(REPORT, [prediction()])
    ledger.rehearsals.came([outcome(0.7)])
    ledger.purge(NOON + timedelta(days=400))
    assert ledger.rehearsals.reports("default") == []
    assert ledger.rehearsals.register("default") == [Held(prediction(), (outcome(0.7),))]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), max_size=20))
def test_coverage_counts_what_lies_within(told: list[tuple[float, float, float]]) -> None:
    register = [
        Held(prediction(low=min(low, high), high=max(low, high)), (outcome(share),))
        for low, high, share in told
    ]
    within = sum(min(low, high) <= share <= max(low, high) for low, high, share in told)
    assert (coverage(register).hits, coverage(register).n) == (within, len(told))
