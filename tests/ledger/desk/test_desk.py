"""The desk: who holds a case, what they answered, and that nothing of it is lost or done twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert

from proxy.ledger.database import WRITES, connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.desk.desk import StepRefused
from proxy.ledger.desk.lifecycle import Status, Step
from proxy.ledger.desk.queries import CaseFilter, Order, key_of
from proxy.ledger.desk.records import Keyed, NewAnswer, Routing, Taken
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Contact, EscalationRecord
from proxy.ledger.rows import escalation_row
from proxy.ledger.schema import escalation_events, escalations

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REF = "CX-2222-2222"
REPOSITORY = Path(__file__).parents[3]
TRUE = NewAnswer("You must apply before you travel.", verified=True, claims=[{"verdict": "supported"}])


def case(ref: str = REF, minutes: float = 0, **more: Any) -> EscalationRecord:
    told: dict[str, Any] = {"customer_id": "c-1", "question": "Where is my refund?", **more}
    return EscalationRecord(
        ref, f"r of {ref}", f"turn {ref}", "why", NOON + timedelta(minutes=minutes), **told
    )


def many(url: str, count: int) -> set[str]:
    """So many cases, all at once; each has what one has that was handed over."""
    references = [f"CX-{number:05}" for number in range(count)]
    rows = [{**escalation_row(case(ref)), "store_text": "full"} for ref in references]
    engine = connect(parsed(url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(insert(escalations), rows)
    engine.dispose()
    return set(references)


def test_a_case_goes_its_way_and_each_step_says_who_and_when(ledger: Ledger) -> None:
    ledger.escalate(case(), routing=Routing("bereavement", NOON + timedelta(hours=4), "fares", "high"))
    desk = ledger.desk
    desk.claim(REF, actor="maria", name="Maria", now=NOON + timedelta(minutes=1))
    done = desk.take(Taken(REF, Step.ANSWER, "maria", answer=TRUE), NOON + timedelta(minutes=2))
    desk.take(Taken(REF, Step.DELIVER, "cxai", response_id="r-2"), NOON + timedelta(minutes=3))
    desk.take(Taken(REF, Step.CONFIRM, "c-1"), NOON + timedelta(minutes=4))
    told = [(one.status, one.actor, one.at) for one in desk.events(REF)]
    at = [NOON + timedelta(minutes=n) for n in range(1, 5)]
    assert told == [
        ("claimed", "maria", at[0]),
        ("answered", "maria", at[1]),
        ("delivered", "cxai", at[2]),
        ("confirmed", "c-1", at[3]),
    ]
    found = desk.case(REF)
    assert found is not None and (found.queue, found.topic, found.risk) == ("bereavement", "fares", "high")
    assert (found.status, found.holder_name, found.answer_id) == ("confirmed", "Maria", done.answer_id)
    (answer,) = desk.answers(REF)
    assert (answer.text, answer.author, answer.author_name) == (TRUE.text, "maria", "Maria")
    assert (answer.verified, answer.delivered_at, answer.response_id) == (True, at[2], "r-2")


def test_a_lease_that_has_ended_holds_nothing(ledger: Ledger) -> None:
    ledger.escalate(case())
    ledger.desk.claim(REF, actor="ana", lease_s=60, now=NOON)
    with pytest.raises(StepRefused, match=f"case {REF} is held by ana until 12:01:00 UTC"):
        ledger.desk.claim(REF, actor="ben", lease_s=60, now=NOON + timedelta(seconds=59))
    ledger.desk.claim(REF, actor="ben", lease_s=60, now=NOON + timedelta(seconds=60))
    with pytest.raises(StepRefused, match="held by ben"):
        ledger.desk.take(Taken(REF, Step.ANSWER, "ana", answer=TRUE), NOON + timedelta(seconds=61))
    assert [(one.status, one.actor) for one in ledger.desk.events(REF)] == [
        ("claimed", "ana"), ("open", "cxai"), ("claimed", "ben"),
    ]  # fmt: skip


def test_a_request_that_is_sent_again_does_nothing_again(ledger: Ledger) -> None:
    ledger.escalate(case())
    ledger.desk.claim(REF, actor="ana")
    taken = Taken(REF, Step.ANSWER, "ana", answer=TRUE, keyed=Keyed("k-1", "the request"))
    first, again = ledger.desk.take(taken), ledger.desk.take(taken)
    assert again == replace(first, again=True) and len(ledger.desk.answers(REF)) == 1
    with pytest.raises(StepRefused, match="belongs to another request"):
        ledger.desk.take(replace(taken, keyed=Keyed("k-1", "another request")))


def test_another_tenants_case_is_none(ledger: Ledger) -> None:
    ledger.escalate(case(tenant="acme"))
    assert ledger.desk.case(REF) is None and ledger.desk.case(REF, "acme") is not None
    for step in Step:
        with pytest.raises(StepRefused, match=f"there is no case {REF}"):
            ledger.desk.take(Taken(REF, step, "ana", to="ana", answer=TRUE))
    assert ledger.desk.cases(CaseFilter("default")) == []
    assert ledger.desk.claim_next(actor="ana") is None
    assert ledger.desk.newest_change("default") == 0 < ledger.desk.newest_change("acme")


@pytest.mark.parametrize("ledger_url", ["postgresql"], indirect=True)
def test_a_change_that_becomes_visible_after_a_later_one_is_seen(ledger: Ledger, ledger_url: str) -> None:
    rows = [{**escalation_row(case(f"CX-{number}")), "store_text": "full"} for number in range(150)]
    *before, slow, quick = rows
    engine = connect(parsed(ledger_url)).execution_options(**{WRITES: True})
    with engine.begin() as connection:
        connection.execute(insert(escalations), before)
    with engine.begin() as replica:
        replica.execute(insert(escalations), slow)
        with engine.begin() as other:
            other.execute(insert(escalations), quick)
        seen = ledger.desk.newest_change("default")
    assert ledger.desk.newest_change("default") != seen
    engine.dispose()


@pytest.mark.parametrize("order", list(Order))
def test_pages_show_every_case_once_and_in_order(ledger: Ledger, order: Order) -> None:
    for number in range(23):
        risk = ("low", "high", None)[number % 3]
        due_at = NOON + timedelta(hours=24 - number) if number % 2 else None
        ledger.escalate(case(f"CX-{number:04}", number // 2), routing=Routing("q", due_at, None, risk))
    found, after = [], None
    while page := ledger.desk.cases(CaseFilter("default"), order=order, after=after, limit=5):
        found += page
        after = key_of(page[-1], order)
    assert len({one.ref for one in found}) == len(found) == 23
    keys = [key_of(one, order) for one in found]
    assert keys == sorted(keys, reverse=order is Order.NEWEST)


def test_cases_are_found_by_queue_holder_customer_topic_and_status(ledger: Ledger) -> None:
    ledger.escalate(case("CX-1"), routing=Routing("fares", NOON, "fees"))
    ledger.escalate(case("CX-2", customer_id="c-2"))
    ledger.desk.claim("CX-2", actor="ana")
    ledger.escalate(case("CX-3"))
    ledger.desk.take(Taken("CX-3", Step.CANCEL, "ana"))

    def found(**conditions: Any) -> set[str]:
        return {one.ref for one in ledger.desk.cases(CaseFilter("default", **conditions))}

    assert found() == {"CX-1", "CX-2"} and found(statuses=None) == {"CX-1", "CX-2", "CX-3"}
    assert found(queue="fares") == found(topic="fees") == {"CX-1"} == found(due_before=NOON + timedelta(1))
    assert found(queue="default") == found(holder="ana") == found(customer_id="c-2") == {"CX-2"}
    assert found(statuses=frozenset({"cancelled"})) == {"CX-3"} and found(due_before=NOON) == set()
    counted = [(row.queue, row.unanswered, row.held, row.past_due) for row in ledger.desk.queues("default")]
    assert counted == [("default", 1, 1, 0), ("fares", 1, 0, 1)]


def test_that_people_should_look_at_a_case_takes_it_from_nobody_who_does(ledger: Ledger) -> None:
    ledger.escalate(case())
    ledger.desk.claim(REF, actor="ana")
    now = datetime.now(UTC)
    ledger.customers.report([Contact("k", "c-1", "complaint", "voice", now, now, "ben", ref=REF)])
    found = ledger.desk.case(REF)
    assert found is not None and (found.status, found.holder) == ("claimed", "ana")


@pytest.mark.parametrize("level", ["full", "masked", "none"])
def test_an_answer_waits_word_for_word_and_is_then_kept_as_texts_are(
    open_ledger: Callable[..., Ledger], level: str
) -> None:
    ledger = open_ledger(store_text=level)
    ledger.escalate(case())
    ledger.desk.claim(REF, actor="ana")
    text = "Write to ana.silva@example.com about it."
    ledger.desk.answer(REF, NewAnswer(text, False, [{"text": text}], "she knows"), actor="ana")
    assert ledger.desk.answers(REF)[0].text == text
    ledger.desk.take(Taken(REF, Step.DELIVER, "cxai"))
    kept = ledger.desk.answers(REF)[0]
    if level == "full":
        assert kept.text == text and kept.claims
    else:
        assert "ana.silva" not in str(kept)
        assert (kept.text is None) == (level == "none")


def test_erasing_a_customer_leaves_nothing_at_the_desk(ledger: Ledger) -> None:
    ledger.escalate(case())
    ledger.desk.claim(REF, actor="ana", keyed=Keyed("k", "f"))
    ledger.desk.answer(REF, TRUE, actor="ana")
    ledger.customers.erase("default", "c-1")
    assert ledger.desk.case(REF) is None and ledger.desk.answers(REF) == []
    assert ledger.desk.events(REF) == [] and ledger.desk.newest_change("default") == 0


def test_twenty_reviewers_claim_two_thousand_cases_and_none_twice(
    open_ledger: Callable[..., Ledger], ledger_url: str
) -> None:
    replicas = [open_ledger(), open_ledger()]
    references = many(ledger_url, 2000)

    def review(number: int) -> list[str]:
        mine: list[str] = []
        while done := replicas[number % 2].desk.claim_next(actor=f"reviewer {number}", lease_s=3600):
            mine.append(done.ref)
        return mine

    with ThreadPoolExecutor(20) as threads:
        claimed = list(threads.map(review, range(20)))
    counted = Counter(ref for mine in claimed for ref in mine)
    assert set(counted) == references and max(counted.values()) == 1
    for number in (0, 7, 19):
        held = replicas[0].desk.cases(CaseFilter("default", holder=f"reviewer {number}"), limit=2000)
        assert {one.ref for one in held} == set(claimed[number])


def test_a_request_that_reaches_two_replicas_at_once_holds_one_case(
    open_ledger: Callable[..., Ledger], ledger_url: str
) -> None:
    replicas, rounds = [open_ledger(), open_ledger()], 25
    many(ledger_url, 3 * rounds)
    with ThreadPoolExecutor(2) as threads:
        for number in range(rounds):
            keyed, together = Keyed(f"k-{number}", "the request"), Barrier(2)

            def claim(ledger: Ledger, keyed: Keyed = keyed, together: Barrier = together) -> str | None:
                together.wait(30)
                done = ledger.desk.claim_next(actor="ana", lease_s=3600, keyed=keyed)
                return done and done.ref

            first, second = threads.map(claim, replicas)
            assert first == second is not None
    assert len(replicas[0].desk.cases(CaseFilter("default", holder="ana"), limit=100)) == rounds


REVIEW = """
import sys
from proxy.ledger.ledger import Ledger
with Ledger.open(sys.argv[1], upgrade=False) as ledger:
    while done := ledger.desk.claim_next(actor=sys.argv[2], lease_s=3600):
        print(done.ref, flush=True)
"""


def test_a_process_that_is_killed_loses_nothing_it_confirmed(
    open_ledger: Callable[..., Ledger], ledger_url: str
) -> None:
    ledger = open_ledger()
    references = many(ledger_url, 200)
    command = [sys.executable, "-c", REVIEW, ledger_url]
    reviewers = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        for name in ("killed", "stays")
    ]
    killed = reviewers[0]
    assert killed.stdout is not None
    confirmed = [killed.stdout.readline().strip() for _ in range(20)]
    killed.send_signal(signal.SIGKILL)
    rest, _ = killed.communicate(timeout=30)
    confirmed += rest.split("\n")[:-1]  # a line that was cut off was not confirmed
    other = reviewers[1].communicate(timeout=60)[0].split()
    held = {
        name: {one.ref for one in ledger.desk.cases(CaseFilter("default", holder=name), limit=1000)}
        for name in ("killed", "stays")
    }
    assert set(confirmed) <= held["killed"] and set(other) == held["stays"]
    # A claim may be durable whose confirmation was cut off; no case is lost, none is held twice.
    assert held["killed"] | held["stays"] == references and not held["killed"] & held["stays"]


@pytest.mark.alone
def test_a_page_of_ten_thousand_cases_is_quick(tmp_path: Path) -> None:
    """Processor time, all of which SQLite spends in this thread: other tests' load does not count."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger.open(url) as ledger:
        many(url, 10_000)
        took = []
        for order in list(Order) * 5:
            started = time.thread_time()
            assert len(ledger.desk.cases(CaseFilter("default"), order=order)) == 50
            ledger.desk.queues("default")
            took.append(time.thread_time() - started)
    assert sorted(took)[-2] < 0.1


def test_what_the_release_before_writes_is_at_the_desk(ledger: Ledger, ledger_url: str) -> None:
    """It knows cases and their entries alone, and nothing of the desk's tables."""
    (ref,) = many(ledger_url, 1)
    found = ledger.desk.case(ref)
    assert found is not None and (found.status, found.queue, found.customer_id) == ("open", "default", "c-1")
    ledger.desk.claim(ref, actor="ana", now=NOON)
    engine = connect(parsed(ledger_url))
    told = {"ref": ref, "at": datetime.now(UTC), "status": "closed", "actor": "crm", "note": "contact k"}
    before = {**told, "at": NOON - timedelta(hours=1), "status": "open"}  # that is told later does not count
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(insert(escalation_events), [told, before])
    engine.dispose()
    found = ledger.desk.case(ref)
    assert found is not None and (found.status, found.status_at) == ("closed", told["at"])
    with pytest.raises(StepRefused, match="is closed"):
        ledger.desk.answer(ref, TRUE, actor="ana")


def test_statuses_that_only_another_release_knows_keep_a_case_open(ledger: Ledger, ledger_url: str) -> None:
    ledger.escalate(case())
    engine = connect(parsed(ledger_url))
    told = {"ref": REF, "at": datetime.now(UTC), "status": "pondered", "actor": "a newer release"}
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(insert(escalation_events), told)
    engine.dispose()
    assert ledger.standing("default", "c-1", NOON).open_case
    with pytest.raises(StepRefused, match="is pondered: claim is not possible"):
        ledger.desk.claim(REF, actor="ana")
    assert Status.OPEN not in {one.status for one in ledger.desk.events(REF)}
