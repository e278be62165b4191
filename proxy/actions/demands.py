"""What rules ask of an answer that the model is still to give: surer claims, policy's own words, no word on a topic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxy.actions.decide import Action, Judged, Ruling
from proxy.grounding.policy.features import Embed
from proxy.rules.effects import Effect
from proxy.rules.rules import NOT_EVALUATED, Fired, Rule

# Sentences about a topic reach 0.4 to 0.7 with a phrase that says it in plain words; others stay below 0.32.
ON_TOPIC = 0.4  # cosine


@dataclass(frozen=True, slots=True)
class Demands:
    """``confidence`` is the highest that is required, ``forbidding`` the rules that forbid a topic.

    ``notices`` are said behind the answer.
    """

    confidence: float = 0.0
    rewrites: bool = False
    forbidding: tuple[Rule, ...] = ()
    notices: tuple[str, ...] = ()


NO_DEMANDS = Demands()


def demands_of(fired: Iterable[Fired]) -> Demands:
    """What these rules ask together."""
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


def keeping_silent(judged: Judged, text: str, forbidding: Sequence[Rule], embed: Embed | None) -> Judged:
    """The sentence with the ruling of the first rule that forbids its topic, where that is worse than its own."""
    if not forbidding or embed is None:
        return judged
    about = embed(text)
    for rule in forbidding:
        silence = _silence(rule, rule.reason)
        worse = silence.action > judged.ruling.action
        if worse and any(float(about @ embed(one)) >= ON_TOPIC for one in rule.topic):
            return judged.ruled(silence)
    return judged


def not_shown_harmless(judged: Judged, forbidding: Sequence[Rule]) -> Judged:
    """A sentence that could not be judged may be on a forbidden topic: the first rule keeps it from leaving."""
    if not forbidding:
        return judged
    silence = _silence(forbidding[0], f"{NOT_EVALUATED}: {judged.unverified}")
    return judged.ruled(silence) if silence.action > judged.ruling.action else judged


def _silence(rule: Rule, reason: str) -> Ruling:
    return Ruling(Action[rule.then.upper()], f'rule "{rule.name}": {reason}', refusal=NOT_HERE)


NOT_HERE = "I'm sorry, but I can't talk about that here."
