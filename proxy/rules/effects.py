"""What a rule can do, when, and what it has to say for it.

A new effect is a word in ``Effect``, a line in ``EFFECTS``, and the place where it acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    ROUTE_TO_HUMAN = "route_to_human"
    REFUSE = "refuse"
    REQUIRE_CONFIDENCE = "require_confidence"
    FORCE_REWRITE = "force_rewrite"
    FORBID_TOPIC = "forbid_topic"
    APPEND_NOTICE = "append_notice"
    MARK = "mark"
    STOP_TOOL_CALL = "stop_tool_call"


class Phase(StrEnum):
    """When a rule is asked, which follows from what it reads."""

    AHEAD = "before the model is asked"
    CALL = "for each call of a tool"
    ANSWER = "when the answer is there"


_REQUEST = ("request", "customer", "context", "time")
READS = {
    Phase.AHEAD: _REQUEST,
    Phase.CALL: (*_REQUEST, "answer", "tool_call"),
    Phase.ANSWER: (*_REQUEST, "answer", "claims"),
}


@dataclass(frozen=True, slots=True)
class EffectOptions:
    """``needs`` and ``takes`` are keys of a rule; ``protects``: it acts too where its condition cannot be evaluated."""

    phases: tuple[Phase, ...]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    protects: bool = True


_BOTH = (Phase.AHEAD, Phase.ANSWER)
EFFECTS = {
    Effect.ROUTE_TO_HUMAN: EffectOptions(_BOTH, takes=("say",)),
    Effect.REFUSE: EffectOptions(_BOTH, takes=("say",)),
    Effect.REQUIRE_CONFIDENCE: EffectOptions((Phase.AHEAD,), needs=("confidence",)),
    Effect.FORCE_REWRITE: EffectOptions(_BOTH),
    Effect.FORBID_TOPIC: EffectOptions((Phase.AHEAD,), needs=("topic",), takes=("then",)),
    Effect.APPEND_NOTICE: EffectOptions(_BOTH, needs=("notice",), protects=False),
    Effect.MARK: EffectOptions(_BOTH, needs=("label",), protects=False),
    Effect.STOP_TOOL_CALL: EffectOptions((Phase.CALL,), takes=("then",)),
}
# The keys that belong to some effects only.
OWN_KEYS = tuple(
    dict.fromkeys(key for options in EFFECTS.values() for key in (*options.needs, *options.takes))
)
# What undoes text needs the whole answer to be still here.
NEEDS_WHOLE = (Effect.REFUSE, Effect.FORCE_REWRITE)


def misfits(effect: Effect, given: Set[str]) -> Iterator[tuple[str, str]]:
    """Keys that ``effect`` needs and has not, or has and does not take: each with what is wrong."""
    options = EFFECTS[effect]
    for key in options.needs:
        if key not in given:
            yield "effect", f'"{effect}" needs the key "{key}"'
    for key in OWN_KEYS:
        if key in given and key not in (*options.needs, *options.takes):
            yield key, f'"{key}" does not go with "{effect}"; it is for {_listed(_with(key))}'


def _with(key: str) -> list[str]:
    return [effect for effect, options in EFFECTS.items() if key in (*options.needs, *options.takes)]


def _listed(words: list[str]) -> str:
    return " and ".join(f'"{word}"' for word in words)
