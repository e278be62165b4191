"""A case's way: only legal steps, one holder at a time, whatever order people act in."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from proxy.ledger.desk.desk import StepRefused
from proxy.ledger.desk.lifecycle import ACTIVE, OVER, TRANSITIONS, WAITING, Status, Step, after, allowed
from proxy.ledger.desk.records import NewAnswer, Taken
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
REF = "CX-2222-2222"
PEOPLE = ("ana", "ben", "cem")
LEASE_S = 600.0


def test_every_case_that_is_not_over_can_come_to_an_answer() -> None:
    reached, todo = set(), {Status.OPEN}
    while todo:
        reached |= todo
        todo = {after(step, one) for one in todo for step in allowed(one)} - reached - {None}
    assert reached == set(Status)


def test_no_step_but_delivering_leads_to_delivered_and_only_from_answered() -> None:
    assert [step for step, (_, target) in TRANSITIONS.items() if target is Status.DELIVERED] == [Step.DELIVER]
    assert TRANSITIONS[Step.DELIVER][0] == {Status.ANSWERED}


def test_statuses_are_held_by_people_or_over() -> None:
    assert not ACTIVE & OVER and set(Status) == ACTIVE | OVER


def opened(ledger: Ledger) -> None:
    ledger.escalate(EscalationRecord(REF, "r-1", "turn", "why", START, customer_id="c-1", question="Where?"))


class Desk(RuleBasedStateMachine):
    """People who act as they like, on a real database, beside a model that knows what they may do."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = Ledger.open(f"sqlite:///{Path(self.folder.name) / 'ledger.db'}")
        opened(self.ledger)
        self.now, self.status, self.holder, self.until = START, Status.OPEN, "", START
        self.history = [Status.OPEN]

    def teardown(self) -> None:
        self.ledger.close()
        self.folder.cleanup()

    def lapse(self) -> None:
        if self.status is Status.CLAIMED and self.until <= self.now:
            self.moved(Status.OPEN)

    def moved(self, status: Status) -> None:
        self.status = status
        self.history.append(status)

    @rule(minutes=st.integers(1, 12))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(who=st.sampled_from(PEOPLE))
    def claim(self, who: str) -> None:
        self.lapse()
        free = self.status in WAITING
        mine = self.status is Status.CLAIMED and self.holder == who
        try:
            self.ledger.desk.claim(REF, actor=who, lease_s=LEASE_S, now=self.now)
        except StepRefused as refused:
            assert not free and not mine
            assert refused.why == ("held" if self.status is Status.CLAIMED else "status")
            return
        assert free or mine
        self.holder, self.until = who, self.now + timedelta(seconds=LEASE_S)
        if free:
            self.moved(Status.CLAIMED)

    @rule(
        who=st.sampled_from(PEOPLE),
        step=st.sampled_from([one for one in Step if one not in (Step.CLAIM, Step.RENEW, Step.LAPSE)]),
        force=st.booleans(),
    )
    def take(self, who: str, step: Step, force: bool) -> None:
        self.lapse()
        answer = NewAnswer("You must apply before you travel.", verified=True)
        taken = Taken(REF, step, who, to="ben", lease_s=LEASE_S, answer=answer, force=force)
        held = self.status is Status.CLAIMED and self.holder != who and not force
        of_holder = step in (Step.RELEASE, Step.ANSWER, Step.REASSIGN, Step.CANCEL)
        legal = after(step, self.status) is not None and not (held and of_holder)
        try:
            done = self.ledger.desk.take(taken, self.now)
        except StepRefused:
            assert not legal
            return
        assert legal
        self.moved(done.status)
        if step is Step.REASSIGN:
            self.holder, self.until = "ben", self.now + timedelta(seconds=LEASE_S)

    @precondition(lambda self: self.status is Status.CLAIMED and self.until <= self.now)
    @rule()
    def sweep(self) -> None:
        assert self.ledger.desk.sweep(self.now) == 1
        self.lapse()

    @invariant()
    def the_ledger_tells_the_same(self) -> None:
        case = self.ledger.desk.case(REF, now=self.now)
        assert case is not None
        lapsed = self.status is Status.CLAIMED and self.until <= self.now
        assert case.status == (Status.OPEN if lapsed else self.status)
        if case.status == Status.CLAIMED:
            assert case.holder == self.holder
        # All that happened is there, in its order.
        events = self.ledger.desk.events(REF)
        assert [Status.OPEN, *(Status(one.status) for one in events)] == self.history
        assert [one.at for one in events] == sorted(one.at for one in events)
        # The overview tells the same as the case's own timeline.
        found = self.ledger.escalation(REF)
        assert found is not None and found.status == self.status


Desk.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDesk = Desk.TestCase


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.CLOSE])
def test_what_the_crm_closed_is_taken_up_again_only_by_reopening(ledger: Ledger, step: Step) -> None:
    opened(ledger)
    ledger.desk.take(Taken(REF, Step.CLOSE, "crm"))
    try:
        ledger.desk.take(Taken(REF, step, "ana", to="ana", lease_s=60))
    except StepRefused as refused:
        assert step is not Step.REOPEN and "is closed" in str(refused)
    else:
        assert step is Step.REOPEN
