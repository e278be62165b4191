"""Escalations: one case per turn, whoever asks at once, and a timeline that is only added to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.cases import moved

from proxy.ledger.ledger import Ledger, LedgerError, new_reference
from proxy.ledger.records import EscalationRecord

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REPOSITORY = Path(__file__).parents[3]


def case(**given: Any) -> EscalationRecord:
    values: dict[str, Any] = {
        "ref": new_reference(),
        "response_id": "chatcmpl-1",
        "dedup_key": "conversation 7, turn 3",
        "reason": "the policy says 30 days, the answer says 90",
        "created_at": NOON,
    }
    return EscalationRecord(**{**values, **given})


def test_a_case_comes_back_as_it_was_given(ledger: Ledger) -> None:
    given = case(
        conversation_id="conv-7",
        customer_id="cust-9",
        route="default",
        question="Can I claim it later?",
        blocked_text="Yes, within 90 days.",
        trace_id="0af7651916cd43dd8448eb211c80319c",
        span_id="b7ad6b7169203331",
    )
    assert ledger.escalate(given) == given
    assert ledger.escalation(given.ref) == given
    assert ledger.escalation("CX-2222-2222") is None


def test_a_retry_within_ten_minutes_is_the_same_case(ledger: Ledger) -> None:
    first = ledger.escalate(case())
    retried = ledger.escalate(
        case(response_id="chatcmpl-2", created_at=NOON + timedelta(minutes=9, seconds=59))
    )
    assert retried == first
    assert ledger.escalations() == [first]


def test_after_ten_minutes_the_same_turn_is_a_new_case(ledger: Ledger) -> None:
    first = ledger.escalate(case())
    later = ledger.escalate(case(created_at=NOON + timedelta(minutes=10)))
    assert later.ref != first.ref


def test_who_says_the_same_again_after_the_case_was_closed_gets_a_new_one(ledger: Ledger) -> None:
    first = ledger.escalate(case())
    moved(ledger, first.ref, "closed", by="maria")
    again = ledger.escalate(case(created_at=NOON + timedelta(minutes=3)))
    assert again.ref != first.ref and again.status == "open"
    assert ledger.escalate(case(created_at=NOON + timedelta(minutes=4))).ref == again.ref


def test_messages_of_one_customer_that_come_at_once_join_one_case(open_ledger: Callable[..., Ledger]) -> None:
    replicas = [open_ledger(), open_ledger()]

    def handed_over(number: int) -> str:
        given = case(dedup_key=f"turn {number}", customer_id="c-1" if number < 8 else "c-2")
        return replicas[number % 2].escalate(given, joins_open=True).ref

    with ThreadPoolExecutor(9) as threads:
        *own, other = threads.map(handed_over, range(9))
    assert len(set(own)) == 1 and other not in own
    moved(replicas[0], own[0], "closed", by="maria")
    assert replicas[1].escalate(case(dedup_key="turn 10", customer_id="c-1"), joins_open=True).ref != own[0]


def test_another_turn_is_another_case(ledger: Ledger) -> None:
    first = ledger.escalate(case())
    assert ledger.escalate(case(dedup_key="conversation 7, turn 4")).ref != first.ref


def test_a_replica_whose_clock_is_behind_makes_no_second_case(open_ledger: Callable[..., Ledger]) -> None:
    first = open_ledger().escalate(case())
    assert open_ledger().escalate(case(created_at=NOON - timedelta(seconds=30))) == first


def test_threads_of_two_replicas_make_one_case_per_turn(open_ledger: Callable[..., Ledger]) -> None:
    replicas = [open_ledger(), open_ledger()]

    def ask(n: int) -> tuple[int, str]:
        turn = n // 10
        given = case(dedup_key=f"turn {turn}", response_id=f"r{n}")
        return turn, replicas[n % 2].escalate(given).ref

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(ask, range(200)))
    assert len(set(answers)) == 20
    assert len(replicas[0].escalations(limit=500)) == 20


ASK_ON_SIGNAL = """
import sys
from datetime import datetime
from proxy.ledger.ledger import Ledger, new_reference
from proxy.ledger.records import EscalationRecord
with Ledger.open(sys.argv[1]) as ledger:
    print("ready", flush=True)
    for line in sys.stdin:
        case = EscalationRecord(new_reference(), "r", line.strip(), "why", datetime.fromisoformat(sys.argv[2]))
        print(ledger.escalate(case).ref, flush=True)
"""


def test_processes_that_ask_at_once_get_one_case(ledger_url: str) -> None:
    command = [sys.executable, "-c", ASK_ON_SIGNAL, ledger_url, NOON.isoformat()]
    turns = "".join(f"turn {turn}\n" for turn in range(20))
    pipe = subprocess.PIPE
    replicas = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=REPOSITORY) for _ in range(3)
    ]
    for replica in replicas:
        assert replica.stdout is not None and replica.stdin is not None
        assert replica.stdout.readline() == "ready\n"
    for replica in replicas:
        replica.stdin.write(turns)
        replica.stdin.flush()
    references = [replica.communicate(timeout=60)[0].split() for replica in replicas]
    assert len(references[0]) == 20
    assert references[0] == references[1] == references[2]


def test_a_reference_that_is_taken_is_replaced(ledger: Ledger) -> None:
    first = ledger.escalate(case())
    second = ledger.escalate(case(ref=first.ref, dedup_key="another turn"))
    assert second.ref != first.ref
    assert {found.ref for found in ledger.escalations()} == {first.ref, second.ref}


def test_a_case_is_followed_until_it_is_closed(ledger: Ledger) -> None:
    first = ledger.escalate(case())
    other = ledger.escalate(case(dedup_key="another turn", created_at=NOON + timedelta(hours=1)))
    assert moved(ledger, first.ref, "claimed", by="ana").status == "claimed"
    assert moved(ledger, first.ref, "closed", by="ana", note="refunded").status == "closed"
    assert ledger.escalations(status="closed") == [replace(first, status="closed")]
    assert ledger.escalations(status="open") == [other]
    assert [found.ref for found in ledger.escalations()] == [other.ref, first.ref]
    assert ledger.escalations(since=NOON + timedelta(minutes=1)) == [other]


def test_of_a_customers_open_cases_the_newest_comes_first_and_is_joined(ledger: Ledger) -> None:
    given = [
        case(dedup_key=f"{at}", customer_id="c-1", created_at=NOON + timedelta(hours=at)) for at in (2, 0, 1)
    ]
    newest, oldest, middle = map(ledger.escalate, given)
    ledger.escalate(case(dedup_key="of another tenant", customer_id="c-1", tenant="acme", created_at=NOON))
    assert ledger.open_cases("default", "c-1", limit=9) == [newest, middle, oldest]
    assert ledger.open_cases("default", "c-1", limit=1) == [newest]
    assert ledger.open_cases("default", "c-2", limit=9) == []
    joining = case(dedup_key="4", customer_id="c-1", created_at=NOON + timedelta(hours=4))
    assert ledger.escalate(joining, joins_open=True).ref == newest.ref
    moved(ledger, newest.ref, "closed", by="ana")
    moved(ledger, middle.ref, "claimed", by="ana")
    assert ledger.open_cases("default", "c-1", limit=9) == [replace(middle, status="claimed"), oldest]
    assert ledger.escalate(joining, joins_open=True).ref == middle.ref


def test_two_who_say_the_same_are_two_cases_where_nothing_says_that_it_is_a_retry(ledger: Ledger) -> None:
    first, second = (ledger.escalate(case(), joins_turn=False) for _ in range(2))
    assert first.ref != second.ref


def test_a_case_that_does_not_exist_cannot_be_closed(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="there is no case CX-2222-2222"):
        moved(ledger, "CX-2222-2222", "closed", by="ana")
