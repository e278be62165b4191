"""Rules as a company writes them: a condition, and what is done where it holds.

A new effect is a word in ``Effect``, what its conditions may read in ``READS``, and where it acts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from cel_expr_python import cel

from proxy.rules.expressions import Expression, NotEvaluated, ready
from proxy.rules.facts import RequestFacts, ToolCall, Unreadable, values_of
from proxy.rules.match import Match, Name, Text, Written

NOT_EVALUATED = "the rule could not be evaluated"


class Effect(StrEnum):
    STOP_TOOL_CALL = "stop_tool_call"


READS = {Effect.STOP_TOOL_CALL: ("request", "customer", "answer", "tool_call")}


class Rule(Written):
    """A rule of a policies file; reading its ``expression`` compiles it."""

    name: Name
    """What records, traces and metrics call it."""
    when: Text
    """A condition in CEL; where it holds, or cannot be evaluated, the rule fires."""
    effect: Effect
    """What then happens: `stop_tool_call` keeps the call, and all others beside it, from leaving."""
    match: Match = Match()
    """Which requests it is for, as in a route."""
    reason: Text
    """Why, in words for the staff; customers do not see it."""
    then: Literal["escalate", "refuse"] = "escalate"
    """Whether a person takes over, or the customer is told that it cannot be done."""

    @cached_property
    def expression(self) -> Expression:
        """Raises ExpressionError."""
        return Expression(self.when, READS[self.effect])


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that stops a call. ``problem`` says why it could not be evaluated, where that is why it fires."""

    rule: Rule
    call: ToolCall
    problem: str | None = None

    @property
    def reason(self) -> str:
        return self.rule.reason if self.problem is None else NOT_EVALUATED


@dataclass(frozen=True)
class Rules:
    """All rules, in the order in which they stand in the files."""

    every: tuple[Rule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.every)

    @cached_property
    def version(self) -> str:
        """Names exactly what the rules say; the same for the same rules."""
        return hashlib.sha256("\n".join(rule.model_dump_json() for rule in self.every).encode()).hexdigest()[
            :16
        ]

    def stopping(self, request: RequestFacts, calls: Sequence[ToolCall]) -> list[Fired]:
        """Which rules stop which of an answer's calls, in the rules' order."""
        rules = [rule for rule in self._of(Effect.STOP_TOOL_CALL, request) if calls]
        if not rules:
            return []
        try:
            reads = READS[Effect.STOP_TOOL_CALL]
            values = [ready(one, reads) for one in values_of(request, calls)]
        except Unreadable as error:
            return [Fired(rule, calls[0], str(error)) for rule in rules]
        found = (_fired(rule, call, of) for rule in rules for call, of in zip(calls, values, strict=True))
        return [one for one in found if one is not None]

    def _of(self, effect: Effect, request: RequestFacts) -> Iterator[Rule]:
        for rule in self.every:
            fits = rule.match.fits(model=request.model, channel=request.channel, audience=request.audience)
            if rule.effect is effect and fits:
                yield rule


NO_RULES = Rules()


def _fired(rule: Rule, call: ToolCall, values: cel.Activation) -> Fired | None:
    try:
        return Fired(rule, call) if rule.expression.holds(values) else None
    except NotEvaluated as error:
        return Fired(rule, call, str(error))
