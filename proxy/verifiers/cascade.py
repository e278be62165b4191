"""The cascade: the local verifier settles clear cases, a judge model is asked about the rest, within a budget.

Four rules hold, whatever the model says:

1. A local contradiction by a typed value ("the policy says 30 days, the answer says 90") is final; nobody is asked.
2. "supported" needs a quote that stands verbatim in a passage, and that states no other value than the claim.
3. A failure, a full budget or a pause leaves the local verdict as it is, marked in its reason, scores and the metrics.
4. A local failure stays one: the model never judges alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import structlog
from pydantic import Field, model_validator

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Fact, Label, Verdict, Verifier
from proxy.verifiers.budget import Budget, Prices, Reservation
from proxy.verifiers.judge import (
    LIMIT,
    JudgeError,
    JudgeModelOptions,
    JudgeVerifier,
    Usage,
    most_tokens,
    output_limit,
)
from proxy.verifiers.judged_before import Pause, Remembered, content_key
from proxy.verifiers.options import Share
from proxy.verifiers.quotes import quote_in
from proxy.verifiers.typed_values import is_typed_conflict, states_another_value

if TYPE_CHECKING:
    from proxy.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)
_OVERRULED = "overruled"  # how likely the built-in models find what the code contradicts, a score of theirs


class CascadeOptions(JudgeModelOptions):
    low: Share = 0.35
    """Local confidences below this are settled locally."""
    high: Share = 0.85
    """Local confidences above this are settled locally."""
    monthly_requests: Annotated[int, Field(ge=0)] | None = 10_000
    """How many questions a calendar month (UTC) may have, all workers together; null for no limit."""
    monthly_cost: Annotated[float, Field(ge=0)] | None = None
    """What a month may cost, in the currency of the prices; null for no limit."""
    price_input: Annotated[float, Field(ge=0)] = 0.0
    """What a million input tokens cost."""
    price_output: Annotated[float, Field(ge=0)] = 0.0
    """What a million output tokens cost."""
    remember: Annotated[int, Field(ge=0, le=1_000_000)] = 10_000
    """How many answers each worker remembers, by content, so that the same claim is not asked twice."""

    @model_validator(mode="after")
    def _makes_sense(self) -> CascadeOptions:
        if self.low > self.high:
            raise ValueError('"low" must not be above "high"')
        if self.monthly_cost is not None and not (self.price_input or self.price_output):
            raise ValueError(
                '"monthly_cost" needs "price_input" and "price_output", for a million tokens each'
            )
        if self.monthly_cost is not None and output_limit({**LIMIT, **self.body}) is None:
            raise ValueError('"monthly_cost" needs "max_completion_tokens" or "max_tokens" in "body"')
        return self

    @property
    def prices(self) -> Prices:
        return Prices(self.price_input, self.price_output)


class Outcome(StrEnum):
    """What became of a claim, as the metrics count it."""

    LOCAL = "local"
    ASKED = "asked"
    CACHED = "cached"
    FAILED = "failed"
    OVER_BUDGET = "over_budget"
    PAUSED = "paused"


_WHY = {
    Outcome.FAILED: "its answer could not be had or does not count",
    Outcome.OVER_BUDGET: "the month's budget is used up",
    Outcome.PAUSED: "it failed several times in a row",
}


@dataclass(slots=True)
class CascadeVerifier:
    """``local`` with ``judge`` behind it. Threads may share it; it raises what ``local`` raises, and nothing else."""

    local: Verifier
    judge: JudgeVerifier
    budget: Budget
    metrics: Metrics
    low: float
    high: float
    remembered: Remembered
    pause: Pause = field(default_factory=Pause)
    name: str = "cascade"

    @property
    def version(self) -> str:
        return f"{self.local.name} {self.local.version}+{self.judge.version}"

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        local = self.local.verify(claim, question=question, hits=hits, facts=facts)
        if not hits or self._is_clear(local) or is_typed_conflict(claim, local):
            self.metrics.cascade(Outcome.LOCAL)
            return local
        key = content_key(claim, question, hits, self.judge.version)
        known = self.remembered.get(key)
        if known is not None:
            self.metrics.cascade(Outcome.CACHED)
            return _joined(local, known)
        return self._ask(claim, question, hits, local, key)

    def _is_clear(self, local: Verdict) -> bool:
        """Neither in the band nor contradicted by the wording alone, against what the local models read."""
        overruled = local.label is Label.CONTRADICTED and local.scores.get(_OVERRULED, 0.0) >= self.low
        return not overruled and not self.low <= local.confidence <= self.high

    def _ask(
        self, claim: Claim, question: str | None, hits: Sequence[Hit], local: Verdict, key: str
    ) -> Verdict:
        if self.pause.is_on():
            return self._unheard(local, Outcome.PAUSED)
        started = time.perf_counter()
        try:
            reservation = self._reserve(claim, question, hits)
            if reservation is None:
                return self._unheard(local, Outcome.OVER_BUDGET)
            verdict = self._asked(claim, question, hits, reservation)
        except Exception as error:  # whatever it is, there is a local verdict
            self.pause.failed()
            expected = isinstance(error, JudgeError)
            log.warning("the judge model was not heard", error=str(error), exc_info=not expected)
            return self._unheard(local, Outcome.FAILED, time.perf_counter() - started)
        self.pause.succeeded()
        self.remembered.put(key, verdict)
        self.metrics.cascade(Outcome.ASKED, time.perf_counter() - started)
        return _joined(local, verdict)

    def _reserve(self, claim: Claim, question: str | None, hits: Sequence[Hit]) -> Reservation | None:
        return self.budget.reserve(*most_tokens(self.judge.request(claim, question, hits)))

    def _asked(
        self, claim: Claim, question: str | None, hits: Sequence[Hit], reservation: Reservation
    ) -> Verdict:
        """The model's verdict, paid for. Raises JudgeError where it does not count."""
        try:
            judged = self.judge.ask(claim, question=question, hits=hits)
        except JudgeError as error:
            if error.spent:
                self._pay(reservation, error.usage)
            else:
                self.budget.give_back(reservation)
            raise
        self._pay(reservation, judged.usage)
        _expect_borne_out(claim, judged.verdict, hits)
        return judged.verdict

    def _pay(self, reservation: Reservation, usage: Usage) -> None:
        cost = self.budget.settle(reservation, usage)
        self.metrics.cascade_spent(usage.input_tokens or 0, usage.output_tokens or 0, cost)

    def _unheard(self, local: Verdict, outcome: Outcome, seconds: float | None = None) -> Verdict:
        """The local verdict, marked: what it says stays true, and so does that nobody else confirmed it."""
        self.metrics.cascade(outcome, seconds)
        reason = f"{local.reason} (the judge model was not heard: {_WHY[outcome]})"
        return replace(local, reason=reason, scores={**local.scores, f"cascade_{outcome}": 1.0})


def _expect_borne_out(claim: Claim, verdict: Verdict, hits: Sequence[Hit]) -> None:
    """Raises JudgeError unless a "supported" has its verbatim quote, and the quote the claim's values."""
    if verdict.label is not Label.SUPPORTED:
        return
    passages = {hit.passage.id: hit.passage for hit in hits}
    for each in verdict.evidence:
        passage = passages.get(each.passage_id or "")
        if passage is None or quote_in(passage, each.quote) is None:
            break
        if states_another_value(claim.reading or claim.text, each.quote):
            raise JudgeError("it is supported, and its quote states another value than the claim", spent=True)
    else:
        if verdict.evidence:
            return
    raise JudgeError("it is supported without a quote that stands in a passage", spent=True)


def _joined(local: Verdict, judged: Verdict) -> Verdict:
    """The model's verdict; where it finds nothing to quote, the local verifier knows the nearest words better."""
    quotes = local.evidence if judged.label is Label.UNSUPPORTED else ()
    scores = {**local.scores, **judged.scores, "cascade_local": local.confidence}
    return replace(judged, evidence=quotes or judged.evidence, scores=scores)


def open_cascade(
    local: Verifier, options: CascadeOptions, judge: JudgeVerifier, budget: Budget, metrics: Metrics
) -> CascadeVerifier:
    return CascadeVerifier(
        local, judge, budget, metrics, options.low, options.high, Remembered(options.remember)
    )
