"""How rules have a customer treated: what of all that fires is done in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.grounding.types import Label
from proxy.rules.demands import demands_of, stopping_in
from proxy.rules.effects import Effect, Phase
from proxy.rules.facts import ClaimFacts
from proxy.rules.rules import Fired

_IN_ITS_PLACE = {"escalate": "stopped and handed to a person", "refuse": "refused"}
_DONE = {Effect.ROUTE_TO_HUMAN: "handed to a person", Effect.REFUSE: "refused"}


@dataclass(frozen=True, slots=True)
class Treatment:
    """What rules do with one request. ``stop`` is done in place of an answer, in this ``phase``; else the rest holds.

    ``says`` are the words of whatever stands in the answer's place.
    """

    stop: Effect | None = None
    phase: Phase | None = None
    says: str | None = None
    confidence: float = 0.0
    rewrites: bool = False
    silent_on: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    call_stopped: tuple[str, str] | None = None
    """The tool, and what is done in the place of its call."""

    @property
    def is_ahead(self) -> bool:
        """Whether the model is not even asked."""
        return self.stop is not None and self.phase is Phase.AHEAD


def treatment_of(ahead: Sequence[Fired], over: Sequence[Fired], calls: Sequence[Fired] = ()) -> Treatment:
    """What comes of the rules that fire ahead of the model, over its answer and on its calls, each by priority."""
    for phase, fired in ((Phase.AHEAD, ahead), (Phase.ANSWER, over)):
        first = stopping_in(fired)
        if first is not None:
            return Treatment(first.rule.effect, phase, first.said(ref="…"))
    demands = demands_of([*ahead, *over])
    return Treatment(
        confidence=demands.confidence,
        rewrites=demands.rewrites,
        silent_on=tuple(dict.fromkeys(topic for rule in demands.forbidding for topic in rule.topic)),
        notices=demands.notices,
        call_stopped=_stopped(calls[0]) if calls else None,
    )


def _stopped(fired: Fired) -> tuple[str, str]:
    return str(fired.call.name if fired.call else None), fired.rule.then


def in_words(treatment: Treatment, claims: Sequence[ClaimFacts]) -> str:
    """As a person reads it; ``claims`` are those of the recorded answer."""
    if treatment.stop is not None:
        when = "before the model is asked" if treatment.is_ahead else "in place of the answer"
        return f"{_DONE[treatment.stop]} {when}" + (f': "{treatment.says}"' if treatment.says else "")
    more = []
    if treatment.confidence:
        unsure = sum(_is_unsure(claim, treatment.confidence) for claim in claims)
        more.append(f"every claim at least {treatment.confidence:g} sure ({unsure} of {len(claims)} are not)")
    if treatment.rewrites:
        more.append("in policy's own words")
    more += [f'without a word on "{topic}"' for topic in treatment.silent_on]
    more += [f'with the notice "{notice}"' for notice in treatment.notices]
    if treatment.call_stopped:
        tool, then = treatment.call_stopped
        more.append(f'the call of "{tool}" is {_IN_ITS_PLACE[then]}')
    return ", ".join(["answered", *more])


def _is_unsure(claim: ClaimFacts, required: float) -> bool:
    return claim.verdict == Label.SUPPORTED and claim.confidence < required
