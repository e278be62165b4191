"""Run the test cases that stand beside the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from proxy.rules.case_options import Case, Given, GivenFact, PlacedCase, Suite
from proxy.rules.context_options import ContextOptions, FactOptions
from proxy.rules.effects import Phase
from proxy.rules.fact_values import fact_value
from proxy.rules.facts import (
    AnswerFacts,
    ClaimFacts,
    ContextValues,
    FactValue,
    RequestFacts,
    ToolCall,
    completeness,
)
from proxy.rules.policies import Policies
from proxy.rules.rules import Fired, Rules


@dataclass(frozen=True, slots=True)
class CaseResult:
    """``problem`` says what was expected and what happened; None where the case holds."""

    path: str
    line: int
    name: str
    problem: str | None = None

    @property
    def passed(self) -> bool:
        return self.problem is None

    def __str__(self) -> str:
        return f'{self.path}:{self.line}: test "{self.name}": {self.problem or "holds"}'


def run_cases(policies: Policies, now: datetime | None = None) -> list[CaseResult]:
    """All cases of all files in order; ``now`` is the time of those that name none. Shares do not count."""
    at = now or datetime.now(UTC)
    return [
        CaseResult(suite.path, placed.line, placed.case.name, _problem(suite, placed, policies.context, at))
        for suite in policies.suites
        for placed in suite.cases
    ]


def firing(rules: Rules, given: Given, context: ContextOptions, now: datetime) -> list[Fired]:
    """Every rule that fires on what is given, in all phases; those for calls once for each call."""
    at, request = given.at(now), request_facts(given)
    known = context_values(given, context)
    fired = rules.ahead(request, known, at)
    if given.has_answer:
        answer, claims = answer_facts(given), [ClaimFacts(**claim.model_dump()) for claim in given.claims]
        fired += rules.stopping(request, known, answer, at)
        fired += rules.over_answer(request, known, answer, claims, at)
    return fired


def request_facts(given: Given) -> RequestFacts:
    customer = given.customer
    return RequestFacts(
        **given.request.model_dump(), customer_id=customer.id, conversation_id=customer.conversation_id
    )


def answer_facts(given: Given) -> AnswerFacts:
    calls = tuple(ToolCall(call.id, call.name, call.arguments) for call in given.tool_calls)
    return AnswerFacts(given.answer or "", calls)


def context_values(given: Given, context: ContextOptions) -> ContextValues:
    """All declared facts; those that the case does not name are missing."""
    missing = GivenFact(state="missing")
    told = {fact.name: given.context.get(fact.name, missing) for fact in context.facts}
    required = [fact.name for fact in context.facts if fact.importance == "required"]
    return ContextValues(
        {fact.name: _value(fact, told[fact.name]) for fact in context.facts},
        completeness((fact.importance, told[fact.name].state == "fresh") for fact in context.facts),
        tuple(name for name in required if told[name].state != "fresh"),
    )


def _value(fact: FactOptions, given: GivenFact) -> FactValue:
    value = None if given.value is None else fact_value(given.value, fact.type)
    if value is None and given.state != "fresh":
        value = fact.protective
    return FactValue(value, given.state, given.age.total_seconds() if given.age else None, "test")


def _problem(suite: Suite, placed: PlacedCase, context: ContextOptions, now: datetime) -> str | None:
    case = placed.case
    fired = {one.rule.name: one for one in firing(suite.rules, case.given, context, now) if one.acts}
    return "; ".join(_differences(suite.rules, case, fired, now)) or None


def _differences(rules: Rules, case: Case, fired: dict[str, Fired], now: datetime) -> Iterator[str]:
    for name, effect in case.expect.items():
        if name not in fired:
            yield f'rule "{name}" should fire and does not{_why_not(rules, name, case, now)}'
        elif effect is not None and fired[name].rule.effect is not effect:
            yield f'rule "{name}" has the effect "{fired[name].rule.effect}", not "{effect}"'
    for name, one in fired.items():
        if name not in case.expect:
            why = f" ({one.reason})" if one.problem else ""
            yield f'rule "{name}" fires and should not{why}'


def _why_not(rules: Rules, name: str, case: Case, now: datetime) -> str:
    """What keeps a rule from being asked at all."""
    one = rules.by_name[name]
    if one.rule.expired(case.given.at(now)):
        return f": it has expired ({one.rule.expires})"
    if not one.rule.match.fits_request(request_facts(case.given)):
        return ': its "match" does not fit what "given.request" says'
    if one.phase is Phase.ANSWER and not case.given.has_answer:
        return ': it reads the answer; give the case an "answer" or "claims"'
    if one.phase is Phase.CALL and not case.given.tool_calls:
        return ': it is about a call; give the case "tool_calls"'
    return ""
