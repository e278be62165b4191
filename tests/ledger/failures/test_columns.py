"""Columns are what the states are, read from either database and made of values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from support.failures import BEGAN, event, failure
from support.recovery_histories import tell_random

from proxy.ledger.failures.columns import FailureColumns, columns_of, names, seconds_of
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.ledger import Ledger

NOW = datetime.now(UTC)
MONTHS_AGO = NOW - timedelta(days=90)


def same(one: FailureColumns, other: FailureColumns) -> None:
    assert len(one) == len(other) > 0
    for columns, place in ((one, np.argsort(one.failure_id)), (other, np.argsort(other.failure_id))):
        assert len(set(columns.failure_id[place])) == len(columns)
    first, second = (columns.where(np.argsort(columns.failure_id)) for columns in (one, other))
    for name in names(FailureColumns):
        mine, theirs = getattr(first, name), getattr(second, name)
        if mine.dtype == float:
            np.testing.assert_array_equal(mine, theirs)
        else:
            assert mine.tolist() == theirs.tolist(), name


def test_what_the_database_tells_is_what_the_states_say(ledger: Ledger) -> None:
    tell_random(ledger, NOW)
    same(
        ledger.failures.columns("default", MONTHS_AGO, NOW),
        columns_of(ledger.failures.states(FailureFilter())),
    )


def test_what_is_open_is_what_the_states_say(ledger: Ledger) -> None:
    tell_random(ledger, NOW)
    same(
        ledger.failures.open_columns("default"),
        columns_of(ledger.failures.states(FailureFilter(is_open=True))),
    )


def test_deadlines_are_the_same_columns_and_no_others(ledger: Ledger) -> None:
    tell_random(ledger, NOW)
    found = ledger.failures.deadlines("default", MONTHS_AGO, NOW)
    every = ledger.failures.columns("default", MONTHS_AGO, NOW)
    assert names(type(found)) == ("severity", "occurred_at", "corrected_at")
    for name in names(type(found)):
        assert sorted(map(str, getattr(found, name))) == sorted(map(str, getattr(every, name)))


def test_what_is_at_stake_is_what_the_open_states_add_up_to(ledger: Ledger) -> None:
    tell_random(ledger, NOW)
    worth = [("EUR", 100.25), ("USD", 7.5), ("EUR", None), (None, 3.0)]
    for number, one in enumerate(ledger.failures.states(FailureFilter())):
        currency, amount = worth[number % len(worth)]
        told = {"currency": currency} if amount is None else {"currency": currency, "amount": amount}
        ledger.failures.add(one.failure_id, event("classified", key="worth", **told))
    ledger.failures.tell(failure("only proposed"), event("proposed", 1, currency="EUR", amount=1.0))
    of_open = [one for one in ledger.failures.states(FailureFilter(is_open=True)) if one.counted]
    assert ledger.failures.at_stake("default") == [
        (currency, sum(amounts), len(amounts))
        for currency in ("EUR", "USD")
        if (amounts := [one.amount for one in of_open if one.currency == currency and one.amount is not None])
    ]
    assert ledger.failures.at_stake("nobody") == []


def test_only_what_counts_of_the_tenant_and_the_period(ledger: Ledger) -> None:
    detected = event("detected", 10)
    ledger.failures.tell(failure("in"), detected)
    ledger.failures.tell(failure("proposed"), event("proposed", 1))
    ledger.failures.tell(failure("before", occurred_at=BEGAN - timedelta(days=2)), detected)
    ledger.failures.tell(
        failure("at the end", occurred_at=BEGAN + timedelta(days=1)), event("detected", 2000)
    )
    ledger.failures.tell(failure("other", tenant="other"), detected)
    found = ledger.failures.columns("default", BEGAN, BEGAN + timedelta(days=1))
    assert found.occurred_at.tolist() == [seconds_of(BEGAN)]
    assert np.isnan(found.contained_at[0]) and found.detected_at[0] - found.occurred_at[0] == 600
    assert len(ledger.failures.columns("nobody", BEGAN, NOW)) == 0


def test_a_late_report_changes_todays_figures_and_not_what_was_known_then(ledger: Ledger) -> None:
    failure_id, _ = ledger.failures.tell(failure("one"), event("detected", 10))
    then = datetime.now(UTC)
    ledger.failures.add(failure_id, event("corrected", 20))
    now = ledger.failures.columns("default", BEGAN, then)
    known_then = ledger.failures.columns("default", BEGAN, then, known_by=then)
    assert now.corrected_at[0] - now.occurred_at[0] == 1200
    assert np.isnan(known_then.corrected_at[0])
    assert len(ledger.failures.columns("default", BEGAN, then, known_by=BEGAN)) == 0
