"""What rules ask of an answer together."""

from __future__ import annotations

from typing import Any

from proxy.rules.demands import demands_of
from proxy.rules.messages import Message
from proxy.rules.rules import Fired, Rule


def fired(effect: str, problem: str | None = None, **keys: Any) -> Fired:
    rule = Rule(name=f"r-{effect}", when="true", effect=effect, reason="because", **keys)
    message = Message(keys["notice"]) if "notice" in keys else None
    return Fired(rule, problem=problem, message=message)


def test_the_highest_confidence_counts_and_a_notice_is_said_once() -> None:
    demands = demands_of(
        [
            fired("require_confidence", confidence=0.8),
            fired("require_confidence", confidence=0.95),
            fired("append_notice", notice="A strike."),
            fired("append_notice", notice="A strike."),
            fired("force_rewrite"),
        ]
    )
    assert (demands.confidence, demands.notices, demands.rewrites) == (0.95, ("A strike.",), True)


def test_what_could_not_be_evaluated_protects_and_tells_nothing() -> None:
    demands = demands_of(
        [
            fired("append_notice", "no such argument", notice="A strike."),
            fired("force_rewrite", "no such argument"),
        ]
    )
    assert demands.notices == () and demands.rewrites
