"""The same customer by two channels: what one system knows of them, another contradicts."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Needs, Operator, Scene, with_facts
from proxy.rehearsal.operators.seeing import has_fact
from proxy.rehearsal.suite.model import KnownFact


def _contradicted(fact: KnownFact) -> KnownFact:
    return fact.model_copy(update={"state": "conflicting"}) if fact.state == "fresh" else fact


def _conflicting_context(scene: Scene, _: Random) -> Scene:
    return with_facts(scene, _contradicted)


CONFLICTING_CONTEXT = Operator(
    _conflicting_context,
    0.03,
    "some customers write to one channel and call another on the same day",
    Needs.THEN,
    seen=has_fact("conflicting"),
)
