"""Cases tried: each answer goes the way of its route, and what comes of it is held against what was expected."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.actions.decide import Judged
from proxy.actions.inquiry import dry_inquiry
from proxy.authoring.cases.options import Case, PlacedCase, not_met
from proxy.context.customer import Customer
from proxy.context.tool_results import facts_from_texts
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Passage
from proxy.grounding.judging import NOTHING_TO_CHECK, Judgement, weaker
from proxy.grounding.types import Evidence, Verdict
from proxy.guard import Guard
from proxy.rules.policies import Policies

UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Came:
    """What came of an answer: that of its weakest sentence.

    ``passage`` is where the deciding quote stands, None where no document decided; ``verdict`` is "unverified" where
    the sentence could not be judged, and ``reason`` then says why.
    """

    verdict: str
    decision: str
    confidence: float | None
    reason: str
    sentence: str
    evidence: Evidence | None = None
    passage: Passage | None = None

    @property
    def document(self) -> str | None:
        return self.evidence.document if self.evidence else None


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """A case with what came of it; ``problems`` say in words what is not as it was meant."""

    placed: PlacedCase
    came: Came
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.problems


async def try_cases(
    guard: Guard, policies: Policies, cases: Sequence[PlacedCase], now: datetime, *, at_once: int = 2
) -> list[CaseOutcome]:
    """An outcome for each case, in their order. ``now`` is the policy date of cases that name none."""
    turns = asyncio.Semaphore(at_once)

    async def tried(placed: PlacedCase) -> CaseOutcome:
        async with turns:
            came = await _tried(guard, policies, placed.case, now)
        return CaseOutcome(placed, came, tuple(_problems(placed.case, came)))

    return list(await asyncio.gather(*map(tried, cases)))


async def _tried(guard: Guard, policies: Policies, case: Case, now: datetime) -> Came:
    route = policies.route_for(model=case.model, channel=case.channel, audience=case.audience)
    asker = Customer(None, None, case.channel, case.jurisdiction, case.audience, case.policy_date or now)
    inquiry = dry_inquiry(route, asker, case.question, facts_from_texts(case.tool_results))
    answer = guard.open(inquiry, guard.telemetry.request("CHECK", "cxai policies test", {}))
    judged = await answer.check(case.answer)
    return _weakest(judged, answer.outcome.action.word, answer.corpus)


def _weakest(judged: Sequence[Judged], decision: str, corpus: Corpus) -> Came:
    unverified = next((one for one in judged if one.unverified), None)
    if unverified is not None:
        return Came(UNVERIFIED, decision, None, str(unverified.unverified), unverified.segment.text)
    found = [(one, one.judgement) for one in judged if one.judgement]
    if not found:
        return Came(UNVERIFIED, decision, None, "there is no sentence in it", "")
    one, judgement = found[0]
    for other, other_judgement in found[1:]:
        if _is_weaker(other_judgement, judgement):
            one, judgement = other, other_judgement
    verdict = judgement.verdict
    evidence = next(iter(verdict.evidence), None)
    passage = _passage(evidence, corpus)
    return Came(
        verdict.label.value,
        decision,
        _confidence(verdict),
        one.ruling.reason,
        one.segment.text,
        evidence,
        passage,
    )


def _is_weaker(one: Judgement, than: Judgement) -> bool:
    return one.verdict is not than.verdict and weaker(than.verdict, one.verdict) is one.verdict


def _confidence(verdict: Verdict) -> float | None:
    return None if verdict is NOTHING_TO_CHECK else round(verdict.confidence, 4)


def _passage(evidence: Evidence | None, corpus: Corpus) -> Passage | None:
    if evidence is None or evidence.passage_id is None:
        return None
    return next((one for one in corpus.passages if one.id == evidence.passage_id), None)


def _problems(case: Case, came: Came) -> list[str]:
    problems = []
    if missed := not_met(case.expect, came.verdict, came.decision):
        problems.append(f"expected {' and '.join(missed)}, came {came.verdict} ({came.decision})")
    if case.document and came.document != case.document:
        decided = f'"{came.document}"' if came.document else "no document"
        problems.append(f'expected "{case.document}" to decide, {decided} did')
    return problems
