"""Sentences on a topic that rules forbid: which of them do not leave, and what the customer reads in their place."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.actions.decide import Action, Judged, Ruling
from proxy.grounding.policy.features import Embed
from proxy.rules.rules import Fired, Rule

# Sentences about a topic reach 0.4 to 0.7 with a phrase that says it in plain words; others stay below 0.32.
ON_TOPIC = 0.4  # cosine
NOT_HERE = "I'm sorry, but I can't talk about that here."


def keeping_silent(judged: Judged, text: str, forbidding: Sequence[Rule], embed: Embed | None) -> Judged:
    """The sentence with the ruling of the first rule that forbids its topic, where that is worse than its own."""
    if not forbidding or embed is None:
        return judged
    about = embed(text)
    for rule in forbidding:
        silence = _silence(Fired(rule))
        worse = silence.action > judged.ruling.action
        if worse and any(float(about @ embed(one)) >= ON_TOPIC for one in rule.topic):
            return judged.ruled(silence)
    return judged


def not_shown_harmless(judged: Judged, forbidding: Sequence[Rule]) -> Judged:
    """A sentence that could not be judged may be on a forbidden topic: the first rule keeps it from leaving."""
    if not forbidding:
        return judged
    silence = _silence(Fired(forbidding[0], problem=judged.unverified))
    return judged.ruled(silence) if silence.action > judged.ruling.action else judged


def _silence(fired: Fired) -> Ruling:
    return Ruling(Action[fired.rule.then.upper()], fired.told, refusal=NOT_HERE)
