"""Failures are durable, told once, followed by legal steps alone, and readable as they were known at any time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text
from support.failures import BEGAN, after, event, failure

from proxy.ledger.database import WRITES
from proxy.ledger.failures.filters import After, FailureFilter
from proxy.ledger.failures.records import FailureEvent, Status
from proxy.ledger.failures.telling import FailureStepRefused, Outcome, Telling, UnknownFailure
from proxy.ledger.ledger import Ledger, LedgerError

DETECTED = event("detected", 10)
CORRECTED = event("corrected", 20)


def told(ledger: Ledger, key: str = "one", *events: FailureEvent, **values: object) -> str:
    return ledger.failures.tell(failure(key, **values), *(events or (DETECTED,)))[0]


def test_the_same_failure_told_twice_is_one(open_ledger: Callable[..., Ledger]) -> None:
    first, second = open_ledger(), open_ledger()
    failure_id, new = first.failures.tell(failure(), DETECTED)
    assert new and failure_id.startswith("FL-")
    assert second.failures.tell(failure(), DETECTED, event("detected", 30, source="customer")) == (
        failure_id,
        False,
    )
    (state,) = first.failures.states(FailureFilter())
    assert (state.failure_id, state.detected_at, state.detected_by) == (failure_id, after(10), "guard")
    found = first.failures.file(failure_id)
    assert found is not None and [one.source for one in found.events] == ["guard", "customer"]


def test_another_tenants_failure_of_the_same_key_is_another_one(ledger: Ledger) -> None:
    own, other = told(ledger), told(ledger, tenant="telecom")
    assert own != other
    with pytest.raises(UnknownFailure, match="`cxai failures`"):
        ledger.failures.add(own, CORRECTED, tenant="telecom")
    assert ledger.failures.file(own, tenant="telecom") is None


@pytest.mark.parametrize(
    ("before", "refused", "why"),
    [
        ([event("proposed")], event("corrected", 5), "record that it was detected first"),
        ([event("proposed"), event("dismissed", 1)], event("restored", 5), "detected first"),
        ([DETECTED], event("restored", 30, how="confirmed"), "record that it was corrected first"),
        ([DETECTED], event("reopened", 30), "nothing to reopen"),
        ([DETECTED, event("expired", 15)], CORRECTED, "reopen it first"),
        ([DETECTED], event("proposed", 30), "nothing to propose"),
    ],
)
def test_a_step_that_does_not_follow_is_refused_with_the_way_out(
    ledger: Ledger, before: list[FailureEvent], refused: FailureEvent, why: str
) -> None:
    failure_id = told(ledger, "one", *before)
    standing = ledger.failures.file(failure_id)
    with pytest.raises(FailureStepRefused, match=why):
        ledger.failures.add(failure_id, refused)
    assert ledger.failures.file(failure_id) == standing


def test_nothing_of_a_failure_is_kept_that_is_refused_whole(ledger: Ledger) -> None:
    with pytest.raises(FailureStepRefused):
        ledger.failures.tell(failure(), DETECTED, event("restored", 30))
    assert ledger.failures.states(FailureFilter()) == []


def test_rows_are_only_ever_added(ledger: Ledger) -> None:
    told(ledger)
    for statement in ("UPDATE failures SET kind = 'x'", "UPDATE failure_events SET actor = 'x'"):
        with (
            pytest.raises(Exception, match="append-only"),
            ledger._engine.execution_options(**{WRITES: True}).begin() as connection,
        ):
            connection.execute(text(statement))


def test_what_was_known_at_a_time_can_be_read_later(ledger: Ledger) -> None:
    failure_id = told(ledger)
    before = datetime.now(UTC)
    ledger.failures.add(failure_id, CORRECTED)
    then, now = (ledger.failures.file(failure_id, known_by=at) for at in (before, None))
    assert then is not None and (then.state.status, len(then.events)) == (Status.DETECTED, 1)
    assert now is not None and now.state.status == Status.CORRECTED
    assert ledger.failures.file(failure_id, known_by=BEGAN) is None
    assert [one.state for one in ledger.failures.in_order("default", known_by=before)] == [then.state]


def test_writers_at_once_lose_nothing(open_ledger: Callable[..., Ledger]) -> None:
    replicas = [open_ledger() for _ in range(4)]
    failure_id = told(replicas[0])
    events = [event("classified", number, amount=float(number)) for number in range(40)]

    def tell(number: int) -> None:
        replicas[number % 4].failures.add(failure_id, events[number])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tell, range(40)))
    found = replicas[0].failures.file(failure_id)
    assert found is not None and len(found.events) == 41
    assert replicas[0].failures.states(FailureFilter())[0] == found.state
    assert found.state.amount == 39.0


def test_of_what_is_told_together_a_step_that_is_refused_stops_no_other(ledger: Ledger) -> None:
    one, other, spoilt = (Telling.of(failure(key), DETECTED) for key in ("one", "other", "spoilt"))
    outcomes = ledger.failures.tell_all(
        [
            one,
            Telling.of(failure("spoilt"), DETECTED, event("restored", 30)),
            Telling(one.failure_id, (CORRECTED,)),
            Telling(one.failure_id, (CORRECTED,)),
            Telling("FL-NOBODY", (CORRECTED,)),
            Telling(other.failure_id, (CORRECTED,)),
            other,
        ]
    )
    assert [type(told) for told in outcomes] == [
        *(Outcome, FailureStepRefused, Outcome, Outcome, UnknownFailure, UnknownFailure, Outcome)
    ]
    assert [len(told.events) for told in outcomes if isinstance(told, Outcome)] == [1, 1, 0, 1]
    assert [told.failure_id for told in outcomes if isinstance(told, LedgerError)] == [
        *(spoilt.failure_id, "FL-NOBODY", other.failure_id)
    ]
    standing = {state.failure_id: state.status for state in ledger.failures.states(FailureFilter())}
    assert standing == {one.failure_id: Status.CORRECTED, other.failure_id: Status.DETECTED}


def test_many_failures_are_told_in_few_commits(ledger: Ledger) -> None:
    commits: list[object] = []
    sqlalchemy_event.listen(ledger._engine, "commit", commits.append)
    outcomes = ledger.failures.tell_all([Telling.of(failure(str(n)), DETECTED) for n in range(300)])
    assert all(isinstance(one, Outcome) and one.is_new for one in outcomes)
    assert ledger.failures.counted(FailureFilter(), "status") == {Status.DETECTED: 300}
    assert len(commits) <= 12


def test_an_incidents_failures_are_contained_together(ledger: Ledger) -> None:
    ids = [
        told(
            ledger, str(number), incident="recall-1", customer_id=f"c-{number % 2}", response_id=f"r-{number}"
        )
        for number in range(3)
    ]
    ledger.failures.add(ids[0], event("expired", 12))
    assert ledger.failures.add_to_incident("recall-1", event("contained", 15)) == 2
    assert ledger.failures.blast_radius("recall-1") == (2, 3)
    contained = [one for one in ledger.failures.states(FailureFilter()) if one.contained_at]
    assert {one.failure_id for one in contained} == set(ids[1:])


def test_pages_go_through_all(ledger: Ledger) -> None:
    for number in range(7):
        told(ledger, str(number), occurred_at=BEGAN + timedelta(minutes=number // 2))
    seen: list[str] = []
    after_: After | None = None
    while page := ledger.failures.states(FailureFilter(), after=after_, limit=3):
        seen += [one.failure_id for one in page]
        after_ = After(page[-1].occurred_at, page[-1].failure_id)
    assert len(seen) == len(set(seen)) == 7
    assert seen == [one.failure_id for one in ledger.failures.states(FailureFilter())]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (FailureFilter(kind="broken_promise"), {"b"}),
        (FailureFilter(is_open=True), {"a", "b"}),
        (FailureFilter(counted=False), {"c"}),
        (FailureFilter(severity="high"), {"b"}),
        (FailureFilter(customer_id="c-2"), {"b"}),
        (FailureFilter(since=after(1)), {"c"}),
        (FailureFilter(until=after(1)), {"a", "b"}),
        (FailureFilter(tenant="other"), set()),
    ],
)
def test_failures_are_found_by_what_they_are(
    ledger: Ledger, which: FailureFilter, expected: set[str]
) -> None:
    ids = {
        told(ledger, "a"): "a",
        told(
            ledger, "b", event("detected", 1, severity="high"), kind="broken_promise", customer_id="c-2"
        ): "b",
        told(ledger, "c", event("proposed", 6), occurred_at=after(5)): "c",
    }
    assert {ids[one.failure_id] for one in ledger.failures.states(which)} == expected


def test_masked_and_no_text(open_ledger: Callable[..., Ledger]) -> None:
    for level, kept in (("masked", "[...]"), ("none", None)):
        ledger = open_ledger(store_text=level)
        said = "Write to ada@example.com"
        failure_id = told(ledger, level, event("detected", 1, note=said), text=said)
        found = ledger.failures.file(failure_id)
        assert found is not None
        for text_kept in (found.failure.text, found.events[0].note):
            assert "ada@" not in (text_kept or "")
            assert (text_kept is None) == (kept is None)


def test_a_ledger_writes_down_when_it_learned_of_something_by_the_clock_that_it_was_given(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledger = open_ledger(now=lambda: after(12))
    failure_id = told(ledger)
    ledger.failures.add(failure_id, event("contained", 11))
    found = ledger.failures.file(failure_id)
    assert found is not None and found.known_at == after(12)
    assert {one.known_at for one in found.events} == {after(12)}
    assert ledger.failures.file(failure_id, known_by=after(11)) is None
