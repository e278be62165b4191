"""Rules as a company writes them: a condition, and what is done where it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from cel_expr_python import cel
from pydantic import AfterValidator, BeforeValidator, Field, Strict

from proxy.rules.arguments import Unreadable
from proxy.rules.effects import EFFECTS, READS, Effect, Phase
from proxy.rules.expressions import (
    Expression,
    ExpressionError,
    Mistyped,
    NotEvaluated,
    ready,
    variables_in,
)
from proxy.rules.facts import (
    AnswerFacts,
    ClaimFacts,
    ContextValues,
    FactValue,
    RequestFacts,
    ToolCall,
)
from proxy.rules.match import Name, RuleMatch, Text, Written, as_list
from proxy.rules.messages import Message, message_of
from proxy.rules.schema import VARIABLES, Schema, schema_of
from proxy.rules.tool_names import ToolsSeen
from proxy.rules.values import Values, answer_values, call_values, request_values

NOT_EVALUATED = "the rule could not be evaluated"
NO_CONTEXT = ContextValues()


def zoned(text: str) -> str:
    """A time that says its zone, as it is written. Raises ValueError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError(f'is "{text}": it should be a time with its zone, such as 2026-12-01T09:00:00+01:00')
    return text


def _as_condition(value: Any) -> Any:
    """``when: true`` is a condition too."""
    return str(value).lower() if isinstance(value, bool) else value


class Rule(Written):
    """A rule of a policies file."""

    name: Name
    """What records, traces and metrics call it."""
    when: Annotated[Text, BeforeValidator(_as_condition)]
    """A condition in CEL; where it holds, the rule fires."""
    effect: Effect
    """What then happens."""
    match: RuleMatch = RuleMatch()
    """Which requests it is for, as in a route."""
    share: Annotated[float, Strict(), Field(ge=0, le=1)] = 1.0
    """For which share of customers: 0.1 is every tenth, always the same ones."""
    priority: Annotated[int, Strict()] = 0
    """Higher ones come first; among equals, as they are written."""
    reason: Text
    """Why, in words for the staff; customers do not see it."""
    owner: Text | None = None
    """Who answers for the rule."""
    expires: Annotated[str, AfterValidator(zoned)] | None = None
    """When it ends: a time with its zone."""
    say: Text | None = None
    """What the customer reads, in place of the route's message."""
    confidence: Annotated[float, Strict(), Field(gt=0, le=1)] | None = None
    """For `require_confidence`: how sure every claim must be, at least."""
    topic: Annotated[tuple[Text, ...], BeforeValidator(as_list), Field(min_length=1)] = ()
    """For `forbid_topic`: phrases that are about it; sentences that mean the same do not leave."""
    notice: Text | None = None
    """For `append_notice`: what is said behind the answer."""
    label: Name | None = None
    """For `mark`: what the record and the metrics call the mark."""
    then: Literal["escalate", "refuse"] = "escalate"
    """For `stop_tool_call` and `forbid_topic`: a person takes over, or the customer is told that it cannot be done."""

    @property
    def speaks(self) -> Literal["say", "notice"]:
        """The key with what the customer reads."""
        return "notice" if self.effect is Effect.APPEND_NOTICE else "say"

    @property
    def is_for_all(self) -> bool:
        """Whether it is always asked, whoever it is and whenever."""
        return self.match.fits_everything and self.share >= 1 and self.expires is None

    def expired(self, now: datetime) -> bool:
        return self.expires is not None and now >= datetime.fromisoformat(self.expires)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule that was checked against what it may read and say; ``place`` is its file and line."""

    rule: Rule
    phase: Phase
    expression: Expression
    message: Message | None = None
    place: str = ""
    is_for_all: bool = False


def compiled(rule: Rule, schema: Schema, place: str = "") -> Compiled:
    """Raises ExpressionError for its condition, MessageError for what it says."""
    phase, expression = _condition(rule, schema)
    words = getattr(rule, rule.speaks)
    with_reference = rule.effect is Effect.ROUTE_TO_HUMAN
    message = message_of(words, schema.facts, with_reference=with_reference) if words else None
    return Compiled(rule, phase, expression, message, place, rule.is_for_all)


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired, and on which call where it stops one.

    ``problem`` says why it could not be evaluated, where that is so. One that protects acts all the same; one that only
    tells something does not, and is there to be counted (``acts``).
    """

    rule: Rule
    call: ToolCall | None = None
    problem: str | None = None
    message: Message | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return self.rule.reason if self.problem is None else f"{NOT_EVALUATED}: {self.problem}"

    @property
    def told(self) -> str:
        """Which rule it is, and its reason."""
        return f'rule "{self.rule.name}": {self.reason}'

    @property
    def acts(self) -> bool:
        return self.problem is None or EFFECTS[self.rule.effect].protects

    def said(self, ref: str = "") -> str | None:
        """The rule's ``say`` or ``notice`` as the customer reads it; None where it has none, or nothing is known."""
        return (self.message.filled(self.facts, ref) or None) if self.message else None


@dataclass(frozen=True)
class Rules:
    """All rules, in the order in which they stand in the files; they fire by priority, then in that order.

    ``tools`` are those that were called while the rules were in force.
    """

    compiled: tuple[Compiled, ...] = ()
    schema: Schema = field(default_factory=lambda: schema_of({}), repr=False, compare=False)
    tools: ToolsSeen = field(default_factory=ToolsSeen, repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.compiled)

    @property
    def every(self) -> tuple[Rule, ...]:
        return tuple(one.rule for one in self.compiled)

    @cached_property
    def by_name(self) -> dict[str, Compiled]:
        return {one.rule.name: one for one in self.compiled}

    @cached_property
    def version(self) -> str:
        """Names exactly what the rules say; the same for the same rules."""
        said = "\n".join(rule.model_dump_json() for rule in self.every)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def warnings(self, now: datetime) -> Iterator[str]:
        """What is no mistake and should be looked at: rules that have ended, names of tools that never come."""
        for one in self.compiled:
            told = f'{one.place}: rule "{one.rule.name}": '
            if one.rule.expired(now):
                yield f"{told}has expired ({one.rule.expires}) and fires no more; remove it, or let it end later"
            for unmet in self.tools.unmet(one.rule.when):
                yield told + unmet

    @property
    def about_calls(self) -> bool:
        """Whether there is a rule for calls at all."""
        return bool(self._ordered[Phase.CALL])

    @property
    def about_answers(self) -> bool:
        """Whether there is a rule for whole answers at all."""
        return bool(self._ordered[Phase.ANSWER])

    def ahead(self, request: RequestFacts, context: ContextValues, now: datetime) -> list[Fired]:
        """Which rules fire before the model is asked."""
        return self._firing(
            Phase.AHEAD, request, context, now, lambda: request_values(self.schema, request, context, now)
        )

    def over_answer(
        self,
        request: RequestFacts,
        context: ContextValues,
        answer: AnswerFacts,
        claims: Sequence[ClaimFacts],
        now: datetime,
    ) -> list[Fired]:
        """Which rules fire on an answer that is there as a whole."""

        def values() -> Values:
            told = answer_values(self.schema, answer, claims)
            return {**request_values(self.schema, request, context, now), **told}

        return self._firing(Phase.ANSWER, request, context, now, values)

    def stopping(
        self, request: RequestFacts, context: ContextValues, answer: AnswerFacts, now: datetime
    ) -> list[Fired]:
        """Which rules stop which of an answer's calls."""
        self.tools.saw(answer.tool_calls)
        rules = self._for(Phase.CALL, request, now) if answer.tool_calls else []
        if not rules:
            return []
        try:
            shared = request_values(self.schema, request, context, now)
            every = [self._ready(Phase.CALL, {**shared, **of}) for of in call_values(self.schema, answer)]
        except Unreadable as error:
            return [Fired(one.rule, answer.tool_calls[0], str(error)) for one in rules]
        pairs = [(call, of) for call, of in zip(answer.tool_calls, every, strict=True)]
        found = (_fired(one, of, context, call) for one in rules for call, of in pairs)
        return [one for one in found if one is not None]

    def _firing(
        self,
        phase: Phase,
        request: RequestFacts,
        context: ContextValues,
        now: datetime,
        values: Callable[[], Values],
    ) -> list[Fired]:
        """``values`` are made once, and only where a rule reads them."""
        rules = self._for(phase, request, now)
        if not rules:
            return []
        try:
            made = self._ready(phase, values())
        except Unreadable as error:
            return [Fired(one.rule, None, str(error), one.message, context.facts) for one in rules]
        found = (_fired(one, made, context) for one in rules)
        return [one for one in found if one is not None]

    def _ready(self, phase: Phase, values: Values) -> cel.Activation:
        return ready(values, READS[phase], self.schema)

    def _for(self, phase: Phase, request: RequestFacts, now: datetime) -> list[Compiled]:
        return [one for one in self._ordered[phase] if one.is_for_all or _is_for(one.rule, request, now)]

    @cached_property
    def _ordered(self) -> dict[Phase, list[Compiled]]:
        by_priority = sorted(self.compiled, key=lambda one: -one.rule.priority)
        return {phase: [one for one in by_priority if one.phase is phase] for phase in Phase}


NO_RULES = Rules()


def _condition(rule: Rule, schema: Schema) -> tuple[Phase, Expression]:
    """The first of the effect's phases whose variables are enough for the condition."""
    phases = EFFECTS[rule.effect].phases
    for phase in phases[:-1]:
        with suppress(ExpressionError):
            return phase, Expression(rule.when, READS[phase], schema)
    try:
        return phases[-1], Expression(rule.when, READS[phases[-1]], schema)
    except ExpressionError:
        # Read once more with every name, so that a misspelt one is told apart from one that is not known then.
        Expression(rule.when, tuple(VARIABLES), schema)
        raise ExpressionError([Mistyped(0, _not_known_then(rule, schema))]) from None


def _not_known_then(rule: Rule, schema: Schema) -> str:
    """Which variable it is that the condition may not read, and what it may."""
    phases = EFFECTS[rule.effect].phases
    read = variables_in(rule.when, tuple(VARIABLES), schema)
    wrong = next((name for name in read if name not in READS[phases[-1]]), read[-1])
    may = ", ".join(READS[phases[-1]])
    told = f'"{rule.effect}" acts {" or ".join(phases)} and may read {may}; not "{wrong}"'
    return told + (
        '; over all calls write "answer.tool_calls"' if wrong == "tool_call" and "answer" in may else ""
    )


def _is_for(rule: Rule, request: RequestFacts, now: datetime) -> bool:
    return not rule.expired(now) and rule.match.fits_request(request) and _in_share(rule, request)


def _in_share(rule: Rule, request: RequestFacts) -> bool:
    """Always the same answer for the same customer, else conversation, else message."""
    if rule.share >= 1:
        return True
    who = request.customer_id or request.conversation_id or request.text
    digest = hashlib.sha256(f"{rule.name}\n{who}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8]) / 2**64 < rule.share


def _fired(
    one: Compiled, values: cel.Activation, context: ContextValues, call: ToolCall | None = None
) -> Fired | None:
    problem = None
    try:
        if not one.expression.holds(values):
            return None
    except NotEvaluated as error:
        problem = str(error)
    return Fired(one.rule, call, problem, one.message, context.facts)
