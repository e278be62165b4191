"""What the ledger promises about decision records, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from proxy.ledger.database import connect, ledger_url
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DecisionRecord

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def decision(response_id: str = "chatcmpl-1", **given: Any) -> DecisionRecord:
    values: dict[str, Any] = {
        "created_at": NOON,
        "route": "default",
        "mode": "enforce",
        "decision": "deliver",
        "verified": True,
        "model": "gpt-4o",
    }
    return DecisionRecord(response_id, **{**values, **given})


FULL_RECORD = decision(
    decision="escalate",
    verified=False,
    unverified_reason="timeout",
    confidence=0.1 + 0.2,
    conversation_id="conv-7",
    customer_id="cust-9",
    trace_id="0af7651916cd43dd8448eb211c80319c",
    streamed=True,
    question="Kann ich 30 € zurück‍haben? 🛫",
    policy_date=datetime(2025, 12, 31, 23, 30, tzinfo=timezone(-timedelta(hours=5))),
    choices=[{"choice": 0, "model_text": "a\nb", "delivered_text": "", "claims": [{"start": 0, "end": 1}]}],
    facts=[{"source": "get_booking", "text": '{"total": 10.50}', "succeeded": True}],
    versions={"corpus": "c-0123456789abcdef", "rules": "r1", "verifier": "v1"},
    timings_ms={"judge": 12.34},
    usage={"prompt_tokens": 10**12, "details": {"cached": None}},
    escalation_ref="CX-7K3F-92QD",
)


def test_a_record_comes_back_exactly_as_it_was_given(ledger: Ledger) -> None:
    ledger.record(FULL_RECORD)
    assert ledger.answer("chatcmpl-1") == FULL_RECORD
    assert ledger.answer("chatcmpl-2") is None


def test_times_come_back_in_utc_to_the_microsecond(ledger: Ledger) -> None:
    ledger.record(FULL_RECORD)
    found = ledger.answer("chatcmpl-1")
    assert found is not None and found.policy_date is not None
    assert found.created_at.isoformat() == "2026-03-01T12:00:00.123456+00:00"
    assert found.policy_date.isoformat() == "2026-01-01T04:30:00+00:00"


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
instants = st.datetimes(
    min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.timezones(no_cache=True)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=texts, choices=st.lists(st.dictionaries(texts, json_values)), at=instants)
def test_any_text_json_and_instant_round_trips(
    ledger: Ledger, question: str, choices: list[dict[str, Any]], at: datetime
) -> None:
    given_record = decision(str(uuid4()), question=question, choices=choices, policy_date=at)
    ledger.record(given_record)
    found = ledger.answer(given_record.response_id)
    assert found is not None
    assert (found.question, found.choices, found.policy_date) == (question, choices, at.astimezone(UTC))


def test_what_no_database_can_hold_is_replaced_one_for_one(ledger: Ledger) -> None:
    ledger.record(
        decision(
            question="a\0b\ud800c",
            choices=[{"model_text": "x\0y", "scores": [float("nan"), float("inf"), 1.5]}],
            confidence=float("nan"),
        )
    )
    found = ledger.answer("chatcmpl-1")
    assert found is not None
    assert found.question == "a�b�c"
    assert found.choices == [{"model_text": "x�y", "scores": [None, None, 1.5]}]
    assert found.confidence is None


def test_recording_the_same_answer_twice_is_recording_it_once(ledger: Ledger) -> None:
    ledger.record(FULL_RECORD)
    ledger.record(FULL_RECORD)
    assert ledger.answers() == [FULL_RECORD]


def test_another_answer_under_a_known_id_is_refused_and_the_first_stays(ledger: Ledger) -> None:
    ledger.record(FULL_RECORD)
    with pytest.raises(LedgerError, match="'chatcmpl-1' has another decision already"):
        ledger.record(replace(FULL_RECORD, decision="deliver"))
    assert ledger.answers() == [FULL_RECORD]


def test_a_time_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match=r"created_at 2026-03-01.* has no time zone"):
        ledger.record(decision(created_at=NOON.replace(tzinfo=None)))


def test_a_time_that_utc_cannot_express_is_refused(ledger: Ledger) -> None:
    before_year_one = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    with pytest.raises(LedgerError, match="outside the years 1 to 9999"):
        ledger.record(decision(policy_date=before_year_one))


def test_a_value_that_is_not_json_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="a datetime cannot be recorded"):
        ledger.record(decision(facts=[{"text": NOON}]))


def test_answers_are_found_by_period_decision_and_mode_newest_first(ledger: Ledger) -> None:
    for hour, (word, mode) in enumerate(
        [("deliver", "enforce"), ("rewrite", "enforce"), ("rewrite", "observe"), ("escalate", "enforce")]
    ):
        ledger.record(decision(f"r{hour}", created_at=NOON + timedelta(hours=hour), decision=word, mode=mode))

    def found(**by: Any) -> list[str]:
        return [record.response_id for record in ledger.answers(**by)]

    assert found() == ["r3", "r2", "r1", "r0"]
    assert found(limit=2) == ["r3", "r2"]
    assert found(since=NOON + timedelta(hours=1)) == ["r3", "r2", "r1"]
    assert found(until=NOON + timedelta(hours=1)) == ["r0"]
    assert found(decision="rewrite") == ["r2", "r1"]
    assert found(decision="rewrite", mode="enforce") == ["r1"]


def test_a_period_is_the_same_whatever_zone_it_is_asked_in(ledger: Ledger) -> None:
    ledger.record(decision())
    tokyo = timezone(timedelta(hours=9))
    assert ledger.answers(since=NOON.astimezone(tokyo))
    assert not ledger.answers(until=NOON.astimezone(tokyo))


def test_records_outlive_the_process_that_wrote_them(open_ledger: Callable[..., Ledger]) -> None:
    first = open_ledger()
    first.record(FULL_RECORD)
    first.close()
    assert open_ledger().answer("chatcmpl-1") == FULL_RECORD


def test_many_threads_record_at_once_and_nothing_is_lost(ledger: Ledger) -> None:
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: ledger.record(decision(f"r{n}")), range(200)))
    assert len(ledger.answers(limit=500)) == 200


def test_one_bad_record_among_many_fails_alone(ledger: Ledger) -> None:
    ledger.record(decision("taken"))

    def outcome(n: int) -> str:
        try:
            ledger.record(decision("taken" if n == 5 else f"r{n}", model="another"))
        except LedgerError:
            return "refused"
        return "kept"

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(outcome, range(20)))
    assert outcomes.count("refused") == 1 and outcomes[5] == "refused"
    assert len(ledger.answers()) == 20


def test_a_record_is_in_the_database_when_the_call_returns(ledger: Ledger, ledger_url: str) -> None:
    ledger.record(FULL_RECORD)
    assert count(ledger_url, "decisions") == 1


def test_the_database_itself_refuses_to_change_a_record(ledger: Ledger, ledger_url: str) -> None:
    ledger.record(FULL_RECORD)
    engine = own_engine(ledger_url)
    with pytest.raises(Exception, match="decisions is append-only"), engine.begin() as connection:
        connection.execute(text("UPDATE decisions SET decision = 'deliver'"))
    engine.dispose()


def test_a_closed_ledger_says_so(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(LedgerError, match="it is closed"):
        ledger.record(FULL_RECORD)


def test_closing_finishes_what_waits(open_ledger: Callable[..., Ledger]) -> None:
    first = open_ledger()
    waiting = [first.submit(decision(f"r{n}")) for n in range(100)]
    first.close()
    assert all(future.done() and future.exception() is None for future in waiting)
    assert len(open_ledger().answers(limit=500)) == 100


def own_engine(url: str) -> Any:
    return connect(ledger_url(url))


def count(url: str, table: str) -> int:
    engine = own_engine(url)
    with engine.connect() as connection:
        found: int = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    engine.dispose()
    return found
