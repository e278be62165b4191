"""What sources said, as facts with a state: the value that protects the customer never loses to what is not fresh."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.context.facts import fact_of, failed, reading_of, unasked
from proxy.context.snapshot import ContextFact, FactState, Reading
from proxy.context.sources.source import Found
from proxy.rules.context_options import FactOptions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRESH, STALE, MISSING, FAILED = FactState.FRESH, FactState.STALE, FactState.MISSING, FactState.FAILED


def declared(**changed: Any) -> FactOptions:
    written = {
        "name": "complaint",
        "type": "bool",
        "class": "required",
        "max_age": "10m",
        "protective_value": True,
        "from": {"crm": {"true_at": "at"}, "tickets": None, "voice": None},
    }
    return FactOptions.model_validate(written | changed)


def read(found: Found, source: str = "crm", fact: FactOptions | None = None, **when: datetime) -> Reading:
    return reading_of(found, fact or declared(), source, read_at=when.get("read_at", NOW), now=NOW)


def reading(source: str, state: FactState, value: Any = None) -> Reading:
    return Reading(source, state, value if state in (FRESH, STALE) else None, read_at=NOW)


def ago(**age: float) -> str:
    return (NOW - timedelta(**age)).isoformat()


def test_what_was_true_within_its_max_age_is_fresh():
    found = read(Found(False, ago(minutes=10)))
    assert (found.state, found.value, found.problem) == (FRESH, False, None)
    assert found.age(NOW) == timedelta(minutes=10)


def test_what_was_true_longer_ago_is_stale_and_keeps_its_value():
    found = read(Found(False, ago(minutes=10, seconds=1)))
    assert (found.state, found.value, found.problem) == (STALE, False, "older than 10m")


def test_without_a_time_it_counts_from_when_it_was_read():
    assert read(Found(True), "tickets", read_at=NOW - timedelta(minutes=9)).state is FRESH
    assert read(Found(True), "tickets", read_at=NOW - timedelta(minutes=11)).state is STALE


def test_a_time_that_is_promised_and_not_there_makes_it_stale():
    assert read(Found(True)).problem == "the source does not say since when"
    assert read(Found(True, "  ")).state is STALE


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_a_source_that_has_none_says_so(nothing: Any):
    assert read(Found(nothing, ago(minutes=1))).state is MISSING


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (Found("perhaps", ago(minutes=1)), "what the source has is neither true nor false"),
        (Found([True], ago(minutes=1)), "what the source has is neither true nor false"),
        (Found(True, "yesterday"), "the time that it was true is no time such as 2026-03-01T12:00:00Z"),
        (Found(True, ago(minutes=-6)), "the time that it was true lies in the future"),
        (Found(problem="is in no column"), "is in no column"),
    ],
)
def test_what_cannot_be_read_has_failed_and_the_reason_does_not_repeat_it(found: Found, problem: str):
    told = read(found)
    assert (told.state, told.value, told.problem) == (FAILED, None, problem)


def test_clocks_may_differ_a_little():
    assert read(Found(True, ago(minutes=-4))).state is FRESH


def test_one_fresh_source_is_enough_where_it_is_the_only_one():
    fact = fact_of(declared(**{"from": {"crm": None}}), [reading("crm", FRESH, False)])
    assert (fact.state, fact.value, fact.reading and fact.reading.source) == (FRESH, False, "crm")


def test_fresh_sources_that_agree_are_believed():
    fact = fact_of(declared(), [reading("crm", FRESH, False), reading("tickets", FRESH, False)])
    assert (fact.state, fact.value) == (FRESH, False)


def test_a_conflict_is_named_the_protective_value_wins_and_all_readings_are_kept():
    said = [reading("crm", FRESH, False), reading("tickets", FRESH, True)]
    fact = fact_of(declared(), said)
    assert (fact.state, fact.value, fact.readings) == (FactState.CONFLICTING, True, tuple(said))
    assert fact.reading is not None and fact.reading.source == "tickets"


def test_a_conflict_without_a_protective_value_leaves_nothing_to_act_on():
    said = [reading("crm", FRESH, "gold"), reading("tickets", FRESH, "silver")]
    fact = fact_of(declared(type="text", protective_value=None, **{"class": "wanted"}), said)
    assert (fact.state, fact.value, fact.reading) == (FactState.CONFLICTING, None, None)


@pytest.mark.parametrize("unheard", [reading("tickets", FAILED), reading("tickets", STALE, False)])
def test_what_a_source_that_is_not_heard_might_have_said_is_not_taken_for_untrue(unheard: Reading):
    fact = fact_of(declared(), [reading("crm", FRESH, False), unheard])
    assert (fact.state, fact.value) == (unheard.state, True)


def test_one_source_is_enough_for_the_protective_value():
    fact = fact_of(declared(), [reading("crm", FRESH, True), reading("tickets", FAILED)])
    assert (fact.state, fact.value) == (FRESH, True)


def test_of_a_required_fact_a_source_that_has_none_leaves_open_what_it_would_have_said():
    """A misspelt path, or a customer whom the CRM has under another id, is not "no complaint"."""
    fact = fact_of(declared(), [reading("crm", FRESH, False), reading("tickets", MISSING)])
    assert (fact.state, fact.value) == (MISSING, True)


def test_of_other_facts_a_source_that_has_none_contradicts_nobody():
    said = [reading("crm", FRESH, False), reading("tickets", MISSING)]
    fact = fact_of(declared(**{"class": "wanted"}), said)
    assert (fact.state, fact.value) == (FRESH, False)


@pytest.mark.parametrize("nothing", [Found(), Found(""), Found(None, ago(minutes=1))])
def test_where_the_declaration_says_what_absence_means_it_is_an_answer(nothing: Found):
    fact = declared(**{"from": {"crm": {"true_at": "at", "absent": False}}})
    found = read(nothing, fact=fact)
    assert (found.state, found.value) == (FRESH, False)
    assert read(Found(True, ago(minutes=1)), fact=fact).value is True


def test_what_is_absent_from_an_old_copy_is_stale():
    fact = declared(**{"from": {"crm": {"absent": False}}})
    assert read(Found(true_at=ago(minutes=11)), fact=fact).state is STALE


def test_without_a_protective_value_any_fresh_source_will_do():
    fact = fact_of(
        declared(type="text", protective_value=None, **{"class": "wanted"}),
        [reading("crm", FAILED), reading("tickets", FRESH, "gold")],
    )
    assert (fact.state, fact.value) == (FRESH, "gold")


def test_where_none_is_fresh_the_fact_is_as_its_worst_source():
    said = [reading("crm", MISSING), reading("tickets", STALE, False), reading("voice", FAILED)]
    assert [fact_of(declared(), said[:n]).state for n in (1, 2, 3)] == [MISSING, STALE, FAILED]
    assert fact_of(declared(), said).value is True


def test_of_a_customer_who_is_not_known_nothing_is_known():
    fact = fact_of(declared(), [unasked("crm"), unasked("tickets")])
    assert (fact.state, fact.value) == (MISSING, True)


def test_a_value_that_is_kept_for_no_day_is_masked():
    assert fact_of(declared(keep_days=0), [failed("crm", "", read_at=NOW)]).masked


states = st.sampled_from([FRESH, STALE, MISSING, FAILED])
moments = st.integers(min_value=0, max_value=600).map(lambda seconds: NOW - timedelta(seconds=seconds))
said_by = st.fixed_dictionaries(
    {}, optional={name: st.tuples(states, st.booleans(), moments) for name in ("crm", "tickets", "voice")}
).filter(bool)


def fact_from(said: dict[str, Any], order: list[str]) -> ContextFact:
    readings = [
        Reading(
            name,
            said[name][0],
            said[name][1] if said[name][0] in (FRESH, STALE) else None,
            said[name][2],
            NOW,
        )
        for name in order
    ]
    return fact_of(declared(), readings)


@given(said_by, st.randoms(use_true_random=False))
def test_the_order_in_which_sources_answer_changes_nothing(said: dict[str, Any], random: Any):
    order = list(said)
    random.shuffle(order)
    one, other = fact_from(said, list(said)), fact_from(said, order)
    assert (one.state, one.value, one.reading) == (other.state, other.value, other.reading)


@given(said_by)
def test_the_protective_value_never_loses_to_what_is_not_fresh(said: dict[str, Any]):
    fact = fact_from(said, list(said))
    heard = [value for state, value, _ in said.values() if state is FRESH]
    if fact.value is False:
        assert fact.state is FRESH and heard and not any(heard)
        assert not any(state in (FAILED, STALE) for state, _, _ in said.values())
    if any(heard):
        assert fact.value is True


@given(said_by)
def test_a_fact_is_fresh_only_where_a_source_is(said: dict[str, Any]):
    fact = fact_from(said, list(said))
    if fact.is_fresh:
        assert fact.reading is not None and fact.reading.state is FRESH and fact.reading.value == fact.value
