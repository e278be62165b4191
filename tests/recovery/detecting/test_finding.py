"""A look tells what is new, once, however many replicas look; a source that fails keeps no other one from looking."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.customers import account_answer, contact
from support.detecting import files, look, looked, the_file
from support.recorded import claim, recorded_decision

from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.simulated import PREFIX
from proxy.recovery.detecting.finding import find
from proxy.recovery.detecting.look import Found, Look
from proxy.recovery.detecting.registry import SOURCES

WRONG = claim("You may claim within 90 days.", 0.02, "contradicted", action="escalate")


def several(ledger: Ledger) -> None:
    for number in range(5):
        ledger.record(recorded_decision(f"r{number}", claims=[WRONG], mode="observe", decision="escalate"))


def test_replicas_that_look_at_once_tell_each_failure_once(ledger: Ledger, ledger_url: str) -> None:
    several(ledger)
    with Ledger.open(ledger_url) as other, ThreadPoolExecutor(2) as replicas:
        list(replicas.map(looked, [ledger, other]))
    assert len(files(ledger)) == 5
    assert all(len(one.events) == 1 for one in files(ledger))


def test_two_sources_that_find_the_same_failure_make_one(ledger: Ledger) -> None:
    several(ledger)
    looked(ledger)
    told = {"rating": "down", "response_id": "r0"}
    ledger.customers.report([contact("1", "feedback", 3, data=told, customer_id="C-1")])
    assert looked(ledger) == {}, "it is known, so that nothing is left to propose"
    assert len(files(ledger)) == 5


def test_a_source_that_fails_keeps_no_other_from_being_asked(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(look: Look) -> Iterator[Found]:
        raise RuntimeError("a mistake of ours")
        yield

    several(ledger)
    monkeypatch.setitem(SOURCES, "returned", broken)
    told = find(look(ledger))
    assert told["let_pass"] == 5 and "returned" not in told
    assert "a mistake of ours" in capsys.readouterr().out


def test_what_is_simulated_is_marked(ledger: Ledger) -> None:
    several(ledger)
    looked(ledger, simulated=True)
    assert all(one.failure.simulated for one in files(ledger))


def test_what_befell_a_simulated_customer_is_marked_whoever_finds_it(ledger: Ledger) -> None:
    made_up = recorded_decision(
        "s", claims=[WRONG], mode="observe", decision="escalate", customer_id=f"{PREFIX}7"
    )
    ledger.record(made_up)
    several(ledger)
    looked(ledger)
    marked = [one.failure.response_id for one in files(ledger) if one.failure.simulated]
    assert marked == ["s"]


def test_each_tenants_failures_are_its_own(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 1, tenant="acme"))
    ledger.customers.report([contact("1", "escalated", 0, tenant="acme")])
    assert looked(ledger) == {}
    assert looked(ledger, tenant="acme") == {"returned": 1}
    assert the_file(ledger, "returned_to_automation", "acme").failure.tenant == "acme"


def test_each_step_is_told_to_who_wants_to_know_once(ledger: Ledger) -> None:
    heard: list[tuple[str, str, str]] = []

    def told(failure_id: str, failure: Failure, event: FailureEvent) -> None:
        heard.append((failure_id, failure.kind, event.step))

    ledger.tell_of_failures(told)
    ledger.record(recorded_decision("r", claims=[WRONG], mode="observe", decision="escalate"))
    looked(ledger)
    looked(ledger)
    found = the_file(ledger, "wrong_claim")
    ledger.failures.add(found.id, FailureEvent("c", "contained", found.failure.occurred_at, "ana"))
    ledger.failures.add(found.id, FailureEvent("c", "contained", found.failure.occurred_at, "ana"))
    assert heard == [(found.id, "wrong_claim", "detected"), (found.id, "wrong_claim", "contained")]
