"""What rules that fired ask together: to stop, or surer claims, policy's own words, no word on a topic, a notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxy.rules.effects import Effect
from proxy.rules.rules import Fired, Rule

STOPS = (Effect.ROUTE_TO_HUMAN, Effect.REFUSE)


@dataclass(frozen=True, slots=True)
class Demands:
    """``confidence`` is the highest that is required, ``forbidding`` the rules that forbid a topic.

    ``notices`` are said behind the answer.
    """

    confidence: float = 0.0
    rewrites: bool = False
    forbidding: tuple[Rule, ...] = ()
    notices: tuple[str, ...] = ()


def stopping_in(fired: Iterable[Fired]) -> Fired | None:
    """The first of these rules that hands over or refuses; the others that do change nothing more."""
    return next((one for one in fired if one.rule.effect in STOPS), None)


def demands_of(fired: Iterable[Fired]) -> Demands:
    """What these rules ask together of an answer that is not stopped."""
    acting = [one for one in fired if one.acts]
    rules = [one.rule for one in acting]
    return Demands(
        confidence=max((rule.confidence or 0.0 for rule in rules), default=0.0),
        rewrites=any(rule.effect is Effect.FORCE_REWRITE for rule in rules),
        forbidding=tuple(rule for rule in rules if rule.effect is Effect.FORBID_TOPIC),
        notices=notices_of(acting),
    )


def notices_of(fired: Iterable[Fired]) -> tuple[str, ...]:
    """Each once, in the rules' order; none of a rule that could not be evaluated."""
    appending = (one for one in fired if one.acts and one.rule.effect is Effect.APPEND_NOTICE)
    return tuple(dict.fromkeys(words for one in appending if (words := one.said())))
