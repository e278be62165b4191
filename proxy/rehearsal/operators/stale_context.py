"""What is known of the customer is a day old, and counts as fresh no more."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Needs, Operator, Scene, with_facts
from proxy.rehearsal.operators.seeing import has_fact
from proxy.rehearsal.suite.model import KnownFact

DAY_S = 86_400.0


def _older(fact: KnownFact) -> KnownFact:
    if fact.state != "fresh":
        return fact
    return fact.model_copy(update={"state": "stale", "age_s": (fact.age_s or 0.0) + DAY_S})


def _stale_context(scene: Scene, _: Random) -> Scene:
    return with_facts(scene, _older)


STALE_CONTEXT = Operator(
    _stale_context,
    0.05,
    "a nightly export fails one night in twenty",
    Needs.THEN,
    seen=has_fact("stale"),
)
