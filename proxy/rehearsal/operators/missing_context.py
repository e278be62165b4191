"""The systems that know the customer have nothing: every fact that was recorded is missing."""

from __future__ import annotations

from random import Random

from proxy.rehearsal.operators.operator import Needs, Operator, Scene, with_facts
from proxy.rehearsal.operators.seeing import has_fact


def _missing_context(scene: Scene, _: Random) -> Scene:
    return with_facts(
        scene, lambda fact: fact.model_copy(update={"value": None, "state": "missing", "age_s": None})
    )


MISSING_CONTEXT = Operator(
    _missing_context,
    0.05,
    "a customer in twenty is not found in the CRM",
    Needs.THEN,
    seen=has_fact("missing"),
)
