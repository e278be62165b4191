"""Canaries in the ledger: counted once, rolled back for good, the same for all who share the ledger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from proxy.ledger.ledger import Ledger
from proxy.ledger.rehearsal.canaries import ArmAnswer, CanaryState, UnknownCanary, conversation_digest
from proxy.rehearsal.canary.weighing import Weighing, read_evidence

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
QUIET = NOW + timedelta(minutes=30)
WEIGH = Weighing({"unsupported": 0.0, "failed": 0.0}, 0.05)


def answer(conversation: str, arm: str = "candidate", at: datetime = NOW, **figures: bool) -> ArmAnswer:
    return ArmAnswer("next", conversation, arm, at, **figures)


def bad_ones(ledger: Ledger, count: int) -> None:
    for number in range(count):
        at = NOW + timedelta(seconds=number)
        ledger.canaries.add(answer(f"candidate {number}", at=at, unsupported=True))
        ledger.canaries.add(answer(f"control {number}", "control", at))


def counted(ledger: Ledger, weigh: Any = WEIGH, since: datetime = QUIET) -> Any:
    canary = ledger.canaries.begun("default", "next", "c-1", NOW)
    return ledger.canaries.count(canary, since, weigh, NOW)


def test_a_conversation_counts_once_it_is_quiet_by_the_share_of_its_bad_answers(ledger: Ledger) -> None:
    for figure in (1, 0, 0, 1):
        ledger.canaries.add(answer("one", unsupported=bool(figure)))
    assert counted(ledger, since=NOW).evidence == {}
    found = read_evidence(counted(ledger).evidence)["unsupported"]
    assert (found.candidate.bad, found.candidate.n, found.control.n) == (0.5, 1, 0)


def test_a_conversation_counts_once_however_many_look_and_however_long_it_goes_on(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        for number in range(230):
            ledger.canaries.add(answer(f"c{number}", "control" if number % 2 else "candidate"))
        ledger.canaries.begun("default", "next", "c-1", NOW)
        replicas = [Ledger.open(ledger_url) for _ in range(3)]
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(counted, replicas))
        for one in replicas:
            one.close()
        ledger.canaries.add(answer("c0", unsupported=True))
        found = read_evidence(counted(ledger).evidence)["unsupported"]
        assert (found.candidate.n, found.control.n, found.candidate.bad) == (115, 115, 0)


def test_a_worse_candidate_is_rolled_back_with_the_reason_and_stays_so(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        bad_ones(ledger, 40)
        canary = counted(ledger)
        assert canary.state == CanaryState.ROLLED_BACK and not canary.answers_customers
        assert "unsupported: worse than allowed. Candidate 40 of 40" in canary.reason
        last, first = ledger.canaries.events("default", "next")
        assert (first.event, last.event, last.actor, last.reason) == (
            *("begun", "rolled back"),
            *("cxai", canary.reason),
        )
    with Ledger.open(ledger_url) as ledger:  # a restart, and a change of the file
        again = ledger.canaries.begun("default", "next", "c-2", NOW)
        assert again == canary


def test_a_person_lets_it_go_on_and_what_was_found_before_does_not_count(ledger: Ledger) -> None:
    bad_ones(ledger, 40)
    counted(ledger)
    ledger.canaries.add(answer("late", unsupported=True))
    resumed = ledger.canaries.resume("default", "next", by="ana", reason="the prompt is mended", now=NOW)
    assert (resumed.answers_customers, resumed.evidence) == (True, {})
    assert counted(ledger).evidence == {}
    event = ledger.canaries.events("default", "next")[0]
    assert (event.event, event.actor, event.reason) == ("resumed", "ana", "the prompt is mended")


def test_another_candidate_under_the_same_name_begins_anew(ledger: Ledger) -> None:
    ledger.canaries.add(answer("one", unsupported=True))
    assert counted(ledger).evidence
    ledger.canaries.add(answer("two", unsupported=True))
    changed = ledger.canaries.begun("default", "next", "c-2", NOW)
    assert (changed.changes, changed.evidence) == ("c-2", {})
    assert ledger.canaries.count(changed, QUIET, WEIGH, NOW).evidence == {}
    assert [one.event for one in ledger.canaries.events("default", "next")] == ["changed", "begun"]


def test_a_stopped_one_counts_nothing_until_it_is_resumed(ledger: Ledger) -> None:
    ledger.canaries.begun("default", "next", "c-1", NOW)
    stopped = ledger.canaries.stop("default", "next", by="bo", reason="a holiday", now=NOW)
    assert (stopped.state, stopped.reason) == (CanaryState.STOPPED, "a holiday")
    bad_ones(ledger, 40)
    assert counted(ledger).state == CanaryState.STOPPED


def test_nobody_stops_what_is_not_there(ledger: Ledger) -> None:
    with pytest.raises(UnknownCanary, match='no canary "nxet"'):
        ledger.canaries.stop("default", "nxet", by="bo", reason="a", now=NOW)


def test_retention_removes_conversations_and_keeps_what_was_decided(ledger: Ledger) -> None:
    bad_ones(ledger, 40)
    counted(ledger)
    ledger.purge(NOW + timedelta(days=1))
    assert ledger.canaries.listed("default")[0].state == CanaryState.ROLLED_BACK
    ledger.canaries.resume("default", "next", by="ana", reason="a", now=NOW)
    bad_ones(ledger, 1)  # would not count if they were still there
    assert read_evidence(counted(ledger).evidence)["unsupported"].candidate.n == 1


def test_a_conversation_s_name_tells_nobody_who_it_was() -> None:
    named = conversation_digest("default", "next", "ana@example.com")
    assert "ana" not in named and named != conversation_digest("default", "other", "ana@example.com")
