"""What the page reads of the ledger in few values is what failures, events and contacts say one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from support.failures import failure
from support.recovery_histories import DAYS, tell_random

from proxy.ledger.customers.contacts import COMING_BACK
from proxy.ledger.failures.columns import columns_of
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Contact
from proxy.recovery.measures.budget import WINDOWS, burn, looks_back
from proxy.recovery.measures.divergences import divergences
from proxy.recovery.measures.given import Given
from proxy.recovery.measures.period import Period, of_failures, of_this_time, read_period, repeats
from proxy.rules.recovery_options import BUILT_IN_RECOVERY

NOW = datetime.now(UTC)
SINCE = NOW - timedelta(days=DAYS + 1)
QUIET = timedelta(days=3)
FAILURES = 150


def test_figures_are_those_of_all_events_told_one_by_one(ledger: Ledger) -> None:
    tell_random(ledger, NOW, FAILURES)
    now = datetime.now(UTC)
    read, one_by_one = read_at(ledger, now), read_at(ledger, now, known_by=now)
    assert len(read.failures) == len(one_by_one.failures) > FAILURES / 2
    figures = list(of_failures(read))
    assert figures == list(of_failures(one_by_one))
    told = [[(one.text, one.count) for one in divergences(each, figures)] for each in (read, one_by_one)]
    assert told[0] == told[1] != []


def test_the_error_budget_is_that_of_all_states(ledger: Ledger) -> None:
    tell_random(ledger, NOW, FAILURES)
    period = read_at(ledger, NOW)
    states = ledger.failures.states(FailureFilter(since=NOW - looks_back(BUILT_IN_RECOVERY), until=NOW))
    every = columns_of(states)
    figures = {(one.measure, one.of): one for one in of_this_time(ledger, period)}
    for window, length in WINDOWS.items():
        counted, figure = burn(every, period.at, length, BUILT_IN_RECOVERY), figures["burn_rate", window]
        assert (figure.n, figure.hits) == (counted.due, counted.missed)
    assert figures["burn_rate", "28d"].n > 10


def test_repeat_contacts_are_those_that_one_counts_by_hand(ledger: Ledger) -> None:
    tell_random(ledger, NOW, FAILURES)
    random = Random(5)
    contacts = [
        told(
            f"k{number}",
            f"c-{random.randrange(30)}",
            NOW - timedelta(hours=random.randrange(24 * DAYS)),
            kind,
        )
        for number, kind in enumerate(random.choices(("called", "complaint", "note"), k=120))
    ]
    ledger.customers.report(contacts)
    corrected = [
        one for one in ledger.failures.states(FailureFilter(counted=True)) if one.corrected_at is not None
    ]
    judged = [(one.customer_id, at) for one in corrected if (at := one.corrected_at) and at <= NOW - QUIET]
    back = [at for customer_id, at in judged if came_back(contacts, customer_id, at)]
    found = repeats(ledger, read_at(ledger, NOW))
    young = len(corrected) - len(judged)
    assert (found.hits, found.n) == (len(back), len(judged)) and found.note.startswith(f"{young} were")
    assert len(back) > 5


@pytest.mark.parametrize(
    ("kind", "after_correction", "back"),
    [
        ("called", QUIET, 1),
        ("called", QUIET + timedelta(microseconds=1), 0),  # later than silence is waited for
        ("called", timedelta(microseconds=1), 1),
        ("called", timedelta(0), 0),
        ("called", -timedelta(hours=1), 0),
        ("note", timedelta(hours=1), 0),  # somebody's note of the customer
    ],
)
def test_a_repeat_contact_is_one_within_the_time_of_silence(
    ledger: Ledger, kind: str, after_correction: timedelta, back: int
) -> None:
    at = NOW - timedelta(days=10)
    for customer_id, corrected_at in (("c-1", at), ("c-young", NOW - QUIET + timedelta(microseconds=1))):
        happened = [FailureEvent(step, step, corrected_at, "ana") for step in ("detected", "corrected")]
        ledger.failures.tell(failure(customer_id, customer_id=customer_id, occurred_at=at), *happened)
    contacts = [
        told("k", "c-1", at + after_correction, kind),
        told("later", "c-1", NOW),
        told("other", "c-2", at),
    ]
    ledger.customers.report(contacts)
    found = repeats(ledger, read_at(ledger, NOW))
    assert (found.hits, found.n) == (back, 1) and found.note.startswith("1 were")


def told(key: str, customer_id: str, at: datetime, kind: str = "called") -> Contact:
    return Contact(key, customer_id, kind, "voice", at, NOW, "crm")


def came_back(contacts: Sequence[Contact], customer_id: str | None, corrected_at: datetime) -> bool:
    return any(
        one.customer_id == customer_id
        and one.kind in COMING_BACK
        and corrected_at < one.at <= corrected_at + QUIET
        for one in contacts
    )


def read_at(ledger: Ledger, now: datetime, known_by: datetime | None = None) -> Period:
    return read_period(ledger, "default", SINCE, now, BUILT_IN_RECOVERY, QUIET, Given(), known_by=known_by)
