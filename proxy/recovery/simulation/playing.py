"""The story as it happens, in simulated time: customers, the CRM, and the people who put things right.

    played = await Play(story, company, clock).run()

What customers are told, what rules do, what is noted and found is done by the code that serves. Only who writes, calls
and works when is drawn by chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from proxy.ledger.customers.contacts import ContactKind
from proxy.ledger.desk.lifecycle import Step as CaseStep
from proxy.ledger.desk.records import NewAnswer, Taken
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.failures.lessons import NOTE, Lesson, begun, holds_now
from proxy.ledger.failures.lessons import RULE as LESSON_RULE
from proxy.ledger.failures.records import FailureEvent, FailureState, Step
from proxy.ledger.policies.rule_proposals import RuleProposal
from proxy.ledger.records import Contact, JsonObject
from proxy.recovery.detecting.fed_back import YES
from proxy.recovery.detecting.finding import find
from proxy.recovery.detecting.look import Look
from proxy.recovery.simulation.clock import SimulatedClock
from proxy.recovery.simulation.company import RULE, Company, Heard
from proxy.recovery.simulation.story import DAY, HOUR, Matter, Story, chats, matters, takes, waking
from proxy.recovery.simulation.texts import (
    ABOUT_COMPLAINT,
    CHANNEL,
    GAP,
    PERSON_SAID,
    THANKS,
    Dialogue,
    account,
    ordinary,
)

EXPORT, DESK = "crm export (simulated)", "desk (simulated)"
PERSON, COLLEAGUE = "Avery (simulated)", "Blake (simulated)"
LOOK_EVERY = 3  # days, beside the looks when something was told: who stays away is noticed so much later
CONFIRMING = 0.75  # of the customers who were told the truth; the others are not heard of again


@dataclass(slots=True)
class Play:
    """``returned`` holds the answers that were given in spite of an open complaint: what there is to be found."""

    story: Story
    company: Company
    clock: SimulatedClock
    matters: dict[str, Matter] = field(default_factory=dict)
    returned: dict[str, datetime] = field(default_factory=dict)
    injected: bool = False
    lessons: list[Lesson] = field(default_factory=list)
    _proposal: RuleProposal = field(init=False)
    _answers: int = 0
    _looked_at: datetime = field(init=False)

    async def run(self) -> Play:
        """All of it, from the first midnight to the last."""
        story, clock = self.story, self.clock
        self._looked_at = story.begins
        self.matters = {one.customer: one for one in matters(story)}
        for one in self.matters.values():
            clock.plan(one.flagged_at, partial(self._flag, one, True))
            clock.plan(one.ends_at, partial(self._end, one))
            for number, at in enumerate(one.chats):
                clock.plan(at, partial(self._asks, one, number))
        for day in range(story.days):
            for number, (at, customer) in enumerate(chats(story, day)):
                clock.plan(at, partial(self._ordinary, story.customer(customer), f"{day}:{number}"))
            if story.exports_on(day + 1):
                clock.plan(story.begins + (day + 1) * DAY - HOUR, self._export)
            if (story.days - day - 1) % LOOK_EVERY == 0:
                clock.plan(story.begins + (day + 1) * DAY - timedelta(minutes=1), self._look)
        clock.plan(story.proposed_at, self._propose)
        clock.plan(story.injected_at, self._inject)
        await clock.run(story.ends)
        return self

    # Customers

    async def _ordinary(self, customer: str, name: str) -> None:
        """Somebody without a complaint; who has one writes when the story says so."""
        if customer in self.matters:
            return
        await self._chat(customer, ordinary(self.story.random("ordinary", name)))

    async def _asks(self, matter: Matter, number: int) -> None:
        """A customer who has complained on the telephone asks the chatbot about the account."""
        random = self.story.random("asks", matter.number, number)
        heard = await self._chat(matter.customer, account(random))
        if heard.told_by_person:
            await self._told_truth(matter)
        if heard.case is not None:
            self.clock.plan(self.clock.at + takes(random), partial(self._person_answers, matter, heard.case))
        elif heard.by_automation and matter.is_open(self.clock.at):
            self.returned[heard.response_id] = self.clock.at

    async def _returns(self, matter: Matter) -> None:
        """The customer hears at the next turn what a person answered, unless another turn has told it."""
        heard = await self._chat(matter.customer, ABOUT_COMPLAINT)
        if heard.told_by_person:
            await self._told_truth(matter)

    async def _chat(self, customer: str, dialogue: Dialogue) -> Heard:
        self._answers += 1
        digest = hashlib.sha256(f"{self.story.seed} {self._answers} {self.story.begins}".encode()).hexdigest()
        return await self.company.chat(f"cxr-{digest[:24]}", customer, dialogue)

    # The CRM and the people

    async def _flag(self, matter: Matter, is_open: bool) -> None:
        if matter.closed_at is None or not is_open:
            self.company.crm.flag(matter.customer, is_open)

    async def _end(self, matter: Matter) -> None:
        """The complaint itself is settled on the telephone, whoever else has met the customer meanwhile."""
        if matter.closed_at is not None:
            return
        matter.closed_at = self.clock.at
        await self._flag(matter, False)
        if matter.told:
            self._report(matter, ContactKind.RESOLVED, self.clock.at, DESK)

    async def _export(self) -> None:
        """The CRM's complaints since the last time, as it sends them to the ledger; who is on the list is called."""
        untold = [one for one in self.matters.values() if not one.told and one.flagged_at <= self.clock.at]
        for one in untold:
            self._report(one, ContactKind.COMPLAINT, one.at, EXPORT)
            one.told = True
            if one.closed_at is not None:
                self._report(one, ContactKind.RESOLVED, one.closed_at, EXPORT)
        for matter in self._find():
            random = self.story.random("call", matter.number)
            at = waking(self.clock.at + takes(random), random)
            self.clock.plan(at, partial(self._calls, matter))

    async def _calls(self, matter: Matter) -> None:
        """A person calls who was sent back to the chatbot, and settles the complaint."""
        self._report(matter, ContactKind.CALLED, self.clock.at, DESK)
        await self._end(matter)
        await self._told_truth(matter)

    async def _person_answers(self, matter: Matter, ref: str) -> None:
        """A person answers the case, sees what the chatbot has said, reports the complaint, and settles it."""
        desk, now, tenant = self.company.ledger.desk, self.clock.at, self.story.tenant
        case = desk.case(ref, tenant, now=now)
        if case is None or case.answer_id is not None:
            return
        desk.take(Taken(ref, CaseStep.CLAIM, PERSON, tenant, to_name=PERSON, lease_s=900.0), now)
        answer = NewAnswer(PERSON_SAID, verified=True)
        desk.take(Taken(ref, CaseStep.ANSWER, PERSON, tenant, answer=answer, to_name=PERSON), now)
        if not matter.told:
            self._report(matter, ContactKind.COMPLAINT, matter.at, DESK)
            matter.told = True
        self._find()
        await self._end(matter)
        random = self.story.random("returns", matter.number)
        self.clock.plan(waking(now + random.uniform(0.5, 6) * HOUR, random), partial(self._returns, matter))

    async def _propose(self) -> None:
        """A person proposes the rule, as what the first failure teaches whose customer is whole again."""
        self._proposal = self.company.propose_rule(PERSON)
        closed = [one.failure_id for one in self._failures() if one.restored_at is not None]
        if closed:
            self._begin_lesson(closed[-1], LESSON_RULE, proposal=self._proposal.id, rule=self._proposal.name)

    async def _inject(self) -> None:
        """The rule is in force from now on, and what has been found so far hits nobody any more."""
        self.company.approve_rule(self._proposal, COLLEAGUE)
        self.injected = True
        for lesson in self.lessons:
            self._add(lesson.failure_id, holds_now(lesson, self.clock.at, COLLEAGUE))
        for state in self._failures():
            self._contain(state)

    # Failures

    async def _look(self) -> None:
        """Look for what came of failures of which nobody has told anything."""
        self._find()

    def _find(self) -> list[Matter]:
        """Look for failures and what ends them, as the proxy does every minute; the matters of those that are new."""
        known, now = {one.failure_id for one in self._failures()}, self.clock.at
        find(
            Look(
                self.company.ledger,
                self._looked_at,
                now,
                self.story.begins,
                self.company.ahead.embed,
                tenant=self.story.tenant,
                simulated=True,
            )
        )
        self._looked_at = now
        new = [one for one in self._failures() if one.failure_id not in known]
        if self.injected:
            for state in new:
                self._contain(state)
            self._note_gap(new)
        return [self.matters[name] for name in sorted({one.customer_id or "" for one in new})]

    def _contain(self, state: FailureState) -> None:
        """By the rule: for what happened later from the moment on when the CRM had the flag."""
        matter = self.matters[state.customer_id or ""]
        at = max(self.story.injected_at, matter.flagged_at, state.occurred_at)
        self._step(state, Step.CONTAINED, at, {"rule": RULE})

    def _note_gap(self, new: Sequence[FailureState]) -> None:
        """The first failure in spite of the rule teaches what no text says yet; that lesson waits."""
        in_spite = [one.failure_id for one in new if one.occurred_at > self.story.injected_at]
        if in_spite and all(one.kind != NOTE for one in self.lessons):
            self._begin_lesson(in_spite[-1], NOTE, GAP)

    def _begin_lesson(self, failure_id: str, kind: str, note: str | None = None, **data: str) -> None:
        event = begun(kind, self.clock.at, PERSON, note, **data)
        self._add(failure_id, event)
        self.lessons.append(Lesson(failure_id, event, None))

    async def _told_truth(self, matter: Matter) -> None:
        """The customer's failures are corrected; most customers confirm it."""
        open_ones = [one for one in self._failures(matter.customer) if one.corrected_at is None]
        for state in open_ones:
            self._step(state, Step.CORRECTED, self.clock.at, {"how": "told by a person"})
        if not open_ones:
            return
        random = self.story.random("confirms", matter.number)
        if random.random() < CONFIRMING:
            at = waking(self.clock.at + random.uniform(1, 24) * HOUR, random)
            self.clock.plan(at, partial(self._confirms, matter, [one.failure_id for one in open_ones]))

    async def _confirms(self, matter: Matter, failure_ids: Sequence[str]) -> None:
        """The customer says thanks, and yes where the company asks whether it is settled (`POST /v1/feedback`)."""
        await self._chat(matter.customer, THANKS)
        for failure_id in failure_ids:
            settled = {"failure": failure_id, "settled": YES}
            self._report(matter, ContactKind.FEEDBACK, self.clock.at, CHANNEL, failure_id, settled)
        self._find()

    def _failures(self, customer: str | None = None) -> list[FailureState]:
        story = self.story
        which = FailureFilter(
            story.tenant, story.begins, story.ends, customer_id=customer, simulated=True, counted=True
        )
        return self.company.ledger.failures.states(which)

    def _step(self, state: FailureState, step: Step, at: datetime, data: JsonObject) -> None:
        self._add(state.failure_id, FailureEvent(f"simulated:{step}", step, at, PERSON, data=data))

    def _add(self, failure_id: str, event: FailureEvent) -> None:
        self.company.ledger.failures.add(failure_id, event, tenant=self.story.tenant)

    def _report(
        self,
        matter: Matter,
        kind: ContactKind,
        at: datetime,
        channel: str,
        key: str = "",
        data: JsonObject | None = None,
    ) -> None:
        """What another channel tells, as ``POST /v1/contacts`` takes it."""
        contact = Contact(
            key=f"{matter.customer}:{kind}:{key}",
            customer_id=matter.customer,
            kind=kind,
            channel=channel,
            at=at,
            received_at=self.clock.at,
            actor=PERSON if channel == DESK else channel,
            text="The bill is wrong. (simulated)" if kind == ContactKind.COMPLAINT else None,
            data=data or {},
            tenant=self.story.tenant,
        )
        self.company.ledger.customers.report([contact])
